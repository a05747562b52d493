import { texts } from "../texts.ts"

/** The texts of the admin's page, apart from the others so that no chat has to load them. */
export const operatorTexts = {
  title: "Running streams",
  line: "All answers being written now, for all users. Their text is not shown.",
  live: "Live",
  connecting: "Reconnecting",
  refused: "You are no longer signed in as an admin. Reload this page.",
  thisProcess: (id: string, relay: string, store: string, uptime: string) =>
    `The charts and “here” describe only the process that serves this page: ${id}, relay ${relay}, store ${store}, up for ${uptime}. The list covers all processes and comes from the database.`,
  storeAway:
    "The store cannot be reached, so answers cannot be followed from other processes. They are still being written.",
  databaseAway: "The database cannot be reached, so the running answers cannot be listed.",
  nothing: "No answer is being written.",
  listed: (count: number) => `Only the oldest ${count} are listed.`,

  chartRunning: "Running here",
  chartEvents: "Events per second",
  chartReaders: "Readers here",
  chartOf: (title: string, now: string, most: string) =>
    `${title}: ${now} now, ${most} at most in the last five minutes`,
  minutes: "the last 5 minutes",
  unknown: "–",
  commands: "Store commands per answer",
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
  notStopped: "Stopping failed. Try again.",
} as const
