import { texts } from "../texts.ts"

/** What the operator's page says. Apart from the other texts, so that no chat has to load it. */
export const operatorTexts = {
  title: "Running streams",
  line: "What is being written for all users. Texts are not shown.",
  live: "Live",
  connecting: "Reconnecting",
  refused: "You are no longer signed in as an admin. Reload this page.",
  thisProcess: (id: string, relay: string, store: string, uptime: string) =>
    `The charts and “here” are of the one process that answers this page: ${id}, relay ${relay}, store ${store}, up for ${uptime}. The list is of all processes, from the database.`,
  storeAway: "The store cannot be reached: nobody can follow from another process now. Answers go on.",
  databaseAway: "The database cannot be asked now, so nobody can say what runs in all processes.",
  nothing: "Nothing is being written.",
  listed: (count: number) => `The oldest ${count} are listed.`,

  chartRunning: "Running here",
  chartEvents: "Events a second",
  chartReaders: "Readers here",
  chartOf: (title: string, now: string, most: string) =>
    `${title}: ${now} now, ${most} at most in the last five minutes`,
  minutes: "the last 5 minutes",
  unknown: "–",
  commands: "Store commands an answer",
  takeovers: "Taken over here",
  ended: "Ended here",
  endedAs: { COMPLETE: "complete", STOPPED: "stopped", ERROR: "failed", INTERRUPTED: "interrupted" } as Record<
    string,
    string
  >,

  chat: "Chat",
  user: "User",
  agent: "Agent · model",
  age: "Age",
  text: "Text",
  textFigures: (chars: string, tokens: string) => `${chars} characters · about ${tokens} tokens`,
  epoch: "Takeovers",
  readers: "Readers here",
  lag: "Log behind",
  lagFigures: (events: number, ms: number) =>
    events === 0 ? "no" : `${events === 1 ? "1 event" : `${texts.number(events)} events`} · ${texts.number(ms)} ms`,
  commandsHere: "Commands here",
  followed: "followed",
  elsewhere: "elsewhere",
  dead: "no sign of life",
  actions: "Actions",
  stop: "Stop",
  stopNamed: (chatId: string) => `Stop the answer in chat ${chatId}`,
  confirm: "Really stop?",
  stopping: "Stopping…",
  notStopped: "It could not be stopped. Try again.",
} as const
