/** The products that the faults happen to, each with its documented client and what it takes to set it up. */
import { assistantStream } from "../peers/assistant-stream/peer.ts"
import { dbos } from "../peers/dbos/peer.ts"
import { mastra } from "../peers/mastra/peer.ts"
import { embedded, ours } from "../peers/ours/peer.ts"
import type { Peer } from "../peers/peer.ts"
import { plain } from "../peers/plain/peer.ts"
import { recipe } from "../peers/recipe/peer.ts"
import { tanstack } from "../peers/tanstack/peer.ts"
import type { Browser, Visit } from "./page.ts"
import { ourBrowser } from "./pages/ours.ts"
import { stockBrowser } from "./pages/stock.ts"
import { tanstackBrowser } from "./pages/tanstack.ts"

export interface Entrant {
  peer: Peer
  /** the client that its documentation describes */
  browser(visit: Visit): Browser
  /** where a running answer is kept, besides the server's own process; undefined: nowhere */
  store: "redis" | "postgres" | undefined
  /** false: a second server cannot run on the same data, so a dead one is started again */
  hasStandby: boolean
  /** what a new user of it sets up */
  setup: { commands: string[]; services: string[] }
}

const resumableBrowser = (visit: Visit): Browser =>
  stockBrowser(
    {
      isResumable: true,
      sendsLastMessage: true,
      messagesPath: (chatId) => `/api/chat/${chatId}`,
      stopPath: (chatId) => `/api/chat/${chatId}/stop`,
    },
    visit,
  )

export const allEntrants: Entrant[] = [
  {
    peer: plain,
    browser: (visit) => stockBrowser({ isResumable: false, sendsLastMessage: false }, visit),
    store: undefined,
    hasStandby: true,
    setup: { commands: ["npm install", "next build", "next start"], services: [] },
  },
  {
    peer: recipe,
    browser: resumableBrowser,
    store: "redis",
    hasStandby: true,
    setup: { commands: ["npm install", "next build", "next start"], services: ["Redis", "Postgres"] },
  },
  {
    peer: ours,
    browser: ourBrowser,
    store: "redis",
    hasStandby: true,
    setup: { commands: ["npm ci", "npm run build", "npm start"], services: ["Redis", "Postgres"] },
  },
  {
    peer: embedded,
    browser: ourBrowser,
    store: undefined,
    hasStandby: false,
    setup: { commands: ["npm ci", "npm run build", "npm start"], services: [] },
  },
  {
    peer: assistantStream,
    browser: resumableBrowser,
    store: "redis",
    hasStandby: true,
    setup: { commands: ["npm install", "node server.ts"], services: ["Redis"] },
  },
  {
    peer: tanstack,
    browser: tanstackBrowser,
    store: undefined,
    hasStandby: true,
    setup: { commands: ["npm install", "node server.ts"], services: [] },
  },
  {
    peer: dbos,
    browser: resumableBrowser,
    store: "postgres",
    hasStandby: false,
    setup: { commands: ["npm install", "node server.ts"], services: ["Postgres"] },
  },
  {
    peer: mastra,
    browser: resumableBrowser,
    store: "redis",
    hasStandby: true,
    setup: { commands: ["npm install", "node server.ts"], services: ["Redis", "Postgres"] },
  },
]
