import { texts } from "../texts.ts"

/** The texts of the demo, apart from the others so that no chat has to load them. */
export const demoTexts = {
  title: "See it survive",
  line: "Two views of one chat, as on two devices. Ask for something long, then break whatever you like.",
  question: "Write a long essay on how answers survive, so that I can break things while you write",
  guide: "Three steps",
  steps: {
    ask: { title: "Ask", line: "Choose the question in view 1. The answer takes a minute or two." },
    open: { title: "Open it a second time", line: "In the middle of the answer, open view 2." },
    break: { title: "Break it", line: "Reload a view, or drop its network and bring it back." },
  },
  done: "done",
  view: (number: number) => `View ${number}`,
  words: (count: number) => (count === 1 ? "1 word" : `${texts.number(count)} words`),
  reload: "Reload",
  drop: "Drop its network",
  restore: "Bring it back",
  open: "Open here too",
  close: "Close",
  notOpen: "Like a second tab or a phone: the same chat at the same address.",
  preparing: "Signing you in as a guest…",
  failed: "The server could not be reached. Reload this page.",
  restartStore: { memory: "Lose the server’s log", redis: "Cut the server off from Redis" },
  inFull: "Open this chat in full",
  same: "Both views show the same text",
  behind: (number: number, words: number) =>
    words === 1 ? `View ${number} is 1 word behind` : `View ${number} is ${texts.number(words)} words behind`,

  /** What just happened and what the user should see, and how other chats usually behave. */
  happenings: {
    nothing: {
      here: "No answer is being written yet.",
      elsewhere: undefined,
    },
    asked: {
      here: "The server is writing, and the views only watch: whatever happens to them, the answer continues.",
      elsewhere: "Elsewhere the answer depends on this one connection, and often ends with it.",
    },
    opened: {
      here: "View 2 has every word so far at once, and continues live. The model was called only once.",
      elsewhere: "Elsewhere a second tab shows only the question until the answer is finished.",
    },
    reloaded: {
      here: "The view was reloaded: the text so far is there at once, and more follows. No word is missing, none comes twice.",
      elsewhere: "Elsewhere a reload leaves half an answer, and the other half is never seen.",
    },
    dropped: {
      here: "One view has no network. The answer continues without it: look at the other view, then bring the network back.",
      elsewhere: "Elsewhere the answer ends here, as if it were complete.",
    },
    restored: {
      here: "The view asked for everything after its last word and received it: both show the same again.",
      elsewhere: "Elsewhere the text from that time is missing, without any sign of it.",
    },
    restarted: {
      here: "The log of this answer was lost or cut off. The server rewrote it from its own memory, and neither view noticed.",
      elsewhere: "Elsewhere, clients that follow through Redis lose the text from that time.",
    },
    notRestarted: {
      here: "The server could not be reached or refused, so nothing was broken. Try again in a moment.",
      elsewhere: undefined,
    },
  },
} as const

export type Happening = keyof typeof demoTexts.happenings
export type DemoStep = keyof typeof demoTexts.steps
