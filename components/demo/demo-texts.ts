import { texts } from "../texts.ts"

/** What the demo says. Apart from the other texts, so that no chat has to load it. */
export const demoTexts = {
  title: "See it survive",
  line: "Two views of one chat, as on two devices. Ask for something long, then break what you like.",
  question: "Write a long essay on how answers survive, so that I can break things while you write",
  guide: "Three steps",
  steps: {
    ask: { title: "Ask", line: "Choose the question in view 1. Its answer takes a minute or two." },
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
  notOpen: "As a second tab, or a telephone: the same chat, under the same address.",
  preparing: "A moment: this browser becomes a guest.",
  failed: "The server could not be reached. Reload this page.",
  restartStore: { memory: "Lose the server’s log", redis: "Cut the server off from Redis" },
  inFull: "Open this chat in full",
  same: "Both views show the same text",
  behind: (number: number, words: number) =>
    words === 1 ? `View ${number} is 1 word behind` : `View ${number} is ${texts.number(words)} words behind`,

  /** What just happened and what one should see; and what is common elsewhere. */
  happenings: {
    nothing: {
      here: "Nothing is written yet.",
      elsewhere: undefined,
    },
    asked: {
      here: "The server writes now, and the views only watch: nothing that happens to them ends the answer.",
      elsewhere: "Elsewhere the answer hangs on this one connection, and often ends with it.",
    },
    opened: {
      here: "View 2 has every word so far at once, and goes on live. The model was asked only once.",
      elsewhere: "Elsewhere a second tab shows the question alone until the answer is finished.",
    },
    reloaded: {
      here: "The view is loaded anew: what was written is there at once, and it goes on. No word is missing, none comes twice.",
      elsewhere: "Elsewhere a reload leaves half an answer, and the other half is never seen.",
    },
    dropped: {
      here: "One view has no network. The answer goes on without it: look at the other view, then bring the network back.",
      elsewhere: "Elsewhere the answer ends here, as if it were complete.",
    },
    restored: {
      here: "The view has asked for what came after its last word, and has it: both show the same again.",
      elsewhere: "Elsewhere what was said meanwhile is missing, without a sign.",
    },
    restarted: {
      here: "The log of this answer was lost or cut off. The server writes it anew from its own memory: neither view notices.",
      elsewhere: "Elsewhere, whoever follows through Redis loses what was said meanwhile.",
    },
    notRestarted: {
      here: "The server could not be reached, or would not do it: nothing was broken. Try again in a moment.",
      elsewhere: undefined,
    },
  },
} as const

export type Happening = keyof typeof demoTexts.happenings
export type DemoStep = keyof typeof demoTexts.steps
