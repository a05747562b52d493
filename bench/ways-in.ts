/**
 * Compares what reading an answer of one's own costs the server over HTTP (SSE) and over WebSockets: CPU time of the
 * production server with the embedded database, in one interleaved run. `bench/following.ts` compares following.
 *
 *     npm run build && node bench/ways-in.ts [--rounds 5] [--answers 100] [--tokensPerSecond 50] [--seconds 6]
 *
 * Users ask for answers and read them, one connection each. A reader that does not get exactly the model's tokens ends
 * the run with an error.
 */
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { parseArgs } from "node:util"
import { WebSocket } from "ws"
import { startApp } from "#tests/support/servers/app-process.ts"
import { cpuSecondsOf, signIn } from "./server-cost.ts"
import { type Pace, startTimedModel } from "./timed-model.ts"
import { readTokens, timedAnswer } from "./timed-reader.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    answers: { type: "string", default: "100" },
    tokensPerSecond: { type: "string", default: "50" },
    seconds: { type: "string", default: "6" },
  },
})
const pace: Pace = { tokensPerSecond: Number(values.tokensPerSecond), seconds: Number(values.seconds) }
const model = await startTimedModel(pace)
const server = await startApp({
  environment: { OPENAI_BASE_URL: model.url, CHAT_MODELS: "test-model", FREE_CREDITS: "0", LOG_LEVEL: "error" },
})
const answers = Number(values.answers)
try {
  await compare({
    "over SSE": askOverSse,
    "over WebSockets": async (cookies: string[]) => void (await Promise.all(cookies.map(askOverSocket))),
  })
} finally {
  await server.stop()
  await model.stop()
}

/** Has answers generated, and reads them to their ends. @param cookies one guest an answer */
type Way = (cookies: string[]) => Promise<void>

/** Prints CPU time a token of each way: median and range, and the ratio to the first. */
async function compare(ways: Record<string, Way>): Promise<void> {
  const micros: Record<string, number[]> = {}
  const cookies: string[] = []
  for (let guest = 0; guest < answers; guest++) cookies.push(await signIn(server))
  for (const way of Object.values(ways)) await way(cookies.slice(0, 10)) // warms up
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [name, way] of Object.entries(ways)) {
      const before = cpuSecondsOf([server])
      await way(cookies)
      const tokens = answers * pace.tokensPerSecond * pace.seconds
      micros[name] = [...(micros[name] ?? []), ((cpuSecondsOf([server]) - before) * 1_000_000) / tokens]
    }
  const [first] = Object.values(micros)
  console.log(`\n${answers} answers of ${pace.tokensPerSecond} tokens/s for ${pace.seconds} s, asked for and read\n`)
  console.log("| | server CPU, µs a token: median (least–most) | of the first |\n|---|---|---|")
  for (const [name, all] of Object.entries(micros)) {
    const range = `${Math.min(...all).toFixed(0)}–${Math.max(...all).toFixed(0)}`
    console.log(
      `| ${name} | ${median(all).toFixed(0)} (${range}) | ${(median(all) / median(first ?? [])).toFixed(2)} |`,
    )
  }
}

async function askOverSse(cookies: string[]): Promise<void> {
  await Promise.all(cookies.map(async (cookie) => readTokens(await post(cookie, randomUUID()), pace, [])))
}

/** Sends the question over a socket of its own, and reads the answer to its end. */
async function askOverSocket(cookie: string): Promise<void> {
  const address = `${server.url.replace(/^http/, "ws")}/api/ws`
  const socket = new WebSocket(address, { headers: { cookie, origin: server.url }, perMessageDeflate: false })
  await once(socket, "open")
  const answer = timedAnswer(pace)
  socket.on("message", (data) => {
    const frame = JSON.parse(String(data))
    if (frame.type === "chunk") answer.add(frame.chunk)
    else if (frame.type !== "start") socket.close()
  })
  const fields = { type: "send", requestId: "question", id: randomUUID(), trigger: "submit-message" }
  socket.send(JSON.stringify({ ...fields, ...question() }))
  await once(socket, "close")
  answer.expectWhole()
}

function question() {
  return { message: { id: randomUUID(), role: "user", parts: [{ type: "text", text: "Go on" }] } }
}

function post(cookie: string, id: string): Promise<Response> {
  const headers = { cookie, "content-type": "application/json" }
  return fetch(`${server.url}/api/chat`, { method: "POST", headers, body: JSON.stringify({ id, ...question() }) })
}

function median(numbers: number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
