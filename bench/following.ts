/**
 * Compares what following costs the server over HTTP (SSE) and over WebSockets: CPU time of the production server with
 * the embedded database, in one interleaved run.
 *
 *     npm run build && node bench/following.ts [--rounds 5] [--chats 10] [--tabs 20] [--tokensPerSecond 50]
 *         [--seconds 16] [--profile folder]
 *
 * Each round has the same answers generated three times: without further readers, followed by every tab over an SSE
 * connection a chat, and followed by every tab over one socket. The second column leaves out what it costs to connect
 * and to catch up. A reader that does not get exactly the model's tokens ends the run with an error.
 */
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { parseArgs } from "node:util"
import { isFinal, type MessageStatus } from "#lib/chat-protocol.ts"
import { startApp } from "#tests/support/servers/app-process.ts"
import { type Follower, followOverSocket, followOverSse } from "./raw-followers.ts"
import { cpuSecondsOf, signIn } from "./server-cost.ts"
import { startTimedModel } from "./timed-model.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    chats: { type: "string", default: "10" },
    tabs: { type: "string", default: "20" },
    tokensPerSecond: { type: "string", default: "50" },
    seconds: { type: "string", default: "16" },
    profile: { type: "string" },
  },
})
const [rounds, chats, tabs] = [Number(values.rounds), Number(values.chats), Number(values.tabs)]
const pace = { tokensPerSecond: Number(values.tokensPerSecond), seconds: Number(values.seconds), isTimed: false }

/** What the server spent on one round's answers: CPU seconds, and their events. */
interface Spent {
  whole: { seconds: number; events: number }
  /** since every follower has caught up */
  attached: { seconds: number; events: number }
}

const ways = { nobody: undefined, "SSE connections": followOverSse, "one socket": followOverSocket }
type Way = keyof typeof ways

const model = await startTimedModel(pace)
const server = await startApp({
  environment: {
    OPENAI_BASE_URL: model.url,
    CHAT_MODELS: "test-model",
    FREE_CREDITS: "0",
    LOG_LEVEL: "error",
    // The widest tick, which a busy machine uses in any case: so each way has as many events.
    MERGE_EVERY_MS: "100",
    ...(values.profile && { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${values.profile}` }),
  },
})
try {
  const cookie = await signIn(server)
  const spent: Record<Way, Spent[]> = { nobody: [], "SSE connections": [], "one socket": [] }
  const names = Object.keys(ways) as Way[] // the keys of that very object
  for (const name of names) await answersFollowedBy(name, cookie) // warms up
  for (let round = 0; round < rounds; round++)
    for (const name of names) spent[name].push(await answersFollowedBy(name, cookie))
  print(spent)
} finally {
  await server.stop()
  await model.stop()
}

/** Has answers generated in ten chats. Each has one reader in any case, who counts its events. */
async function answersFollowedBy(way: Way, cookie: string): Promise<Spent> {
  const before = cpuSecondsOf([server])
  const ids = Array.from({ length: chats }, () => randomUUID())
  await Promise.all(ids.map(async (id) => (await post(cookie, id)).body?.cancel()))
  const counting = followOverSse(server.url, cookie, ids)
  const follow = ways[way]
  const readers = follow ? Array.from({ length: tabs }, () => follow(server.url, cookie, ids)).flat() : []
  const all = [...counting, ...readers]
  await Promise.all(all.map((reader) => Promise.race([reader.caughtUp, reader.ended])))
  const caughtUp = { seconds: cpuSecondsOf([server]), events: eventsOf(counting) }
  await Promise.all(all.map((reader) => reader.ended))
  await Promise.all(ids.map((id) => untilStored(cookie, id)))
  const seconds = cpuSecondsOf([server])
  // Looked at once nothing is measured any more.
  for (const reader of all) reader.expectWhole(pace)
  const events = eventsOf(counting)
  return {
    whole: { seconds: seconds - before, events },
    attached: { seconds: seconds - caughtUp.seconds, events: events - caughtUp.events },
  }
}

function eventsOf(readers: Follower[]): number {
  return readers.reduce((sum, reader) => sum + reader.events, 0)
}

function post(cookie: string, id: string): Promise<Response> {
  const headers = { cookie, "content-type": "application/json" }
  const message = { id: randomUUID(), role: "user", parts: [{ type: "text", text: "Go on" }] }
  return fetch(`${server.url}/api/chat`, { method: "POST", headers, body: JSON.stringify({ id, message }) })
}

/** Waits without a reader: a look a second costs next to nothing. */
async function untilStored(cookie: string, id: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${server.url}/api/chat/${id}/messages`, { headers: { cookie } })
    const { messages } = (await response.json()) as { messages: { metadata?: { status?: MessageStatus } }[] }
    // However it ended: its readers tell whether it is whole.
    if (isFinal(messages.at(-1)?.metadata?.status ?? "SENDING")) return
    await wait(1_000)
  }
}

/** Prints what each follower adds. What the answers themselves cost is taken off, by the number of their events. */
function print(spent: Record<Way, Spent[]>): void {
  const micros = (way: Way, part: keyof Spent) =>
    spent[way].map((of, round) => {
      const own = spent.nobody[round]?.[part] ?? of[part]
      const { seconds, events } = of[part]
      const added = ((seconds - (own.seconds / own.events) * events) * 1_000_000) / tabs
      return added / (part === "whole" ? chats * pace.tokensPerSecond * pace.seconds : events)
    })
  const ratios = (part: keyof Spent) => {
    const sse = micros("SSE connections", part)
    return micros("one socket", part).map((cost, round) => cost / (sse[round] ?? Number.NaN))
  }
  const rows: [string, (part: keyof Spent) => string][] = [
    ["SSE connections", (part) => range(micros("SSE connections", part), 1)],
    ["one socket", (part) => range(micros("one socket", part), 1)],
    ["socket ÷ SSE", (part) => range(ratios(part), 2)],
  ]
  console.log(`\n${chats} chats of ${pace.tokensPerSecond} tokens/s for ${pace.seconds} s, followed in ${tabs} tabs: \
server CPU a follower, median (least–most) of ${rounds} rounds\n`)
  console.log("| | whole, µs a token | once attached, µs an event |\n|---|---|---|")
  for (const [name, cell] of rows) console.log(`| ${name} | ${cell("whole")} | ${cell("attached")} |`)
  for (const [name, all] of Object.entries(spent)) {
    const events = all.map(({ whole }) => whole.events / chats / pace.seconds)
    const share = all.map(({ whole }) => whole.seconds / pace.seconds)
    console.log(`\n${name}: ${range(events, 1)} events/s a chat, ${range(share, 2)} of a CPU`)
  }
}

function range(numbers: number[], digits: number): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
  return `${median(numbers).toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`
}

function median(numbers: number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
