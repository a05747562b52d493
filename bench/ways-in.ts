/**
 * Compares what reading costs the server over HTTP (SSE) and over WebSockets: CPU time of the production server with the
 * embedded database, in one interleaved run.
 *
 *     npm run build && node bench/ways-in.ts [--rounds 5] [--answers 100] [--tokensPerSecond 50] [--seconds 6]
 *         [--tabs 10]
 *
 * First table: answers that their own users ask for and read, one connection each. Second table: a fifth as many answers
 * of users with ten chats each, which are followed in several tabs, each over ten SSE connections or over one socket;
 * `nobody` runs the same answers without a follower, and the last column is what following alone costs against SSE. A reader that does not get exactly the model's tokens ends
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

const chatsPerUser = 10

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    answers: { type: "string", default: "100" },
    tokensPerSecond: { type: "string", default: "50" },
    seconds: { type: "string", default: "6" },
    tabs: { type: "string", default: "10" },
  },
})
const pace: Pace = { tokensPerSecond: Number(values.tokensPerSecond), seconds: Number(values.seconds) }
const model = await startTimedModel(pace)
const server = await startApp({
  environment: { OPENAI_BASE_URL: model.url, CHAT_MODELS: "test-model", FREE_CREDITS: "0", LOG_LEVEL: "error" },
})
let answers = Number(values.answers)
try {
  const asking = { "over SSE": askOverSse, "over WebSockets": askOverSockets }
  await compare("asked and read", asking, "over SSE")
  const following = { nobody: followNowhere, "ten SSE connections": followOverSse, "one socket": followOverSocket }
  answers = answers / 5
  await compare(`ten chats a user, followed in ${values.tabs} tabs`, following, "ten SSE connections", "nobody")
} finally {
  await server.stop()
  await model.stop()
}

/** Has answers generated, and reads them to their ends. @param cookies one guest an answer */
type Way = (cookies: string[]) => Promise<void>

/** Prints CPU time a token of each way: median and range, and the ratio to one of them. @param idle costs without any reader */
async function compare(title: string, ways: Record<string, Way>, base: string, idle?: string): Promise<void> {
  const micros: Record<string, number[]> = {}
  const cookies: string[] = []
  for (let guest = 0; guest < answers; guest++) cookies.push(await signIn(server))
  for (const way of Object.values(ways)) await way(cookies.slice(0, chatsPerUser)) // warms up
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [name, way] of Object.entries(ways)) {
      const before = cpuSecondsOf([server])
      await way(cookies)
      const tokens = answers * pace.tokensPerSecond * pace.seconds
      micros[name] = [...(micros[name] ?? []), ((cpuSecondsOf([server]) - before) * 1_000_000) / tokens]
    }
  const cost = (name: string) => median(micros[name] ?? [])
  console.log(`\n${title}, ${answers} answers of ${pace.tokensPerSecond} tokens/s for ${pace.seconds} s\n`)
  console.log(`| | server CPU, µs a token: median (least–most) | of ${base} |${idle ? " following alone |" : ""}`)
  console.log(`|---|---|---|${idle ? "---|" : ""}`)
  for (const [name, all] of Object.entries(micros)) {
    const range = `${Math.min(...all).toFixed(0)}–${Math.max(...all).toFixed(0)}`
    const alone = idle && ` ${((cost(name) - cost(idle)) / (cost(base) - cost(idle))).toFixed(2)} |`
    console.log(
      `| ${name} | ${cost(name).toFixed(0)} (${range}) | ${(cost(name) / cost(base)).toFixed(2)} |${alone ?? ""}`,
    )
  }
}

async function askOverSse(cookies: string[]): Promise<void> {
  await Promise.all(cookies.map(async (cookie) => readTokens(await post(cookie, randomUUID()), pace, [])))
}

async function askOverSockets(cookies: string[]): Promise<void> {
  const send = () => ({ type: "send", id: randomUUID(), trigger: "submit-message", ...question() })
  await Promise.all(cookies.map((cookie) => readOverSocket(cookie, [send()])))
}

async function followNowhere(cookies: string[]): Promise<void> {
  await forEachUser(cookies, async (cookie, chats) => void (await Promise.all(chats.map((id) => ended(cookie, id)))))
}

async function followOverSse(cookies: string[]): Promise<void> {
  const follow = (cookie: string, id: string) => fetch(`${server.url}/api/chat?chatId=${id}`, { headers: { cookie } })
  await forEachUser(cookies, async (cookie, chats) => {
    await Promise.all(chats.map(async (id) => readTokens(await follow(cookie, id), pace, [])))
  })
}

async function followOverSocket(cookies: string[]): Promise<void> {
  await forEachUser(cookies, (cookie, chats) =>
    readOverSocket(
      cookie,
      chats.map((id) => ({ type: "resume", id })),
    ),
  )
}

/** Begins the answers in ten chats a user. Their askers leave at once. */
async function forEachUser(
  cookies: string[],
  follow: (cookie: string, chats: string[]) => Promise<void>,
): Promise<void> {
  await Promise.all(
    cookies.slice(0, cookies.length / chatsPerUser).map(async (cookie) => {
      const chats = Array.from({ length: chatsPerUser }, () => randomUUID())
      await Promise.all(chats.map(async (id) => (await post(cookie, id)).body?.cancel()))
      await Promise.all(Array.from({ length: Number(values.tabs) }, () => follow(cookie, chats)))
    }),
  )
}

/** Waits without a reader: a look a second costs next to nothing. */
async function ended(cookie: string, id: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, pace.seconds * 1000))
  for (;;) {
    const response = await fetch(`${server.url}/api/chat/${id}/messages`, { headers: { cookie } })
    const { messages } = (await response.json()) as { messages: { metadata?: { status?: string } }[] }
    if (messages.at(-1)?.metadata?.status === "COMPLETE") return
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}

/** Sends the requests over one socket, and reads all their answers to the end. */
async function readOverSocket(cookie: string, requests: object[]): Promise<void> {
  const address = `${server.url.replace(/^http/, "ws")}/api/ws`
  const socket = new WebSocket(address, { headers: { cookie, origin: server.url }, perMessageDeflate: false })
  await once(socket, "open")
  const answers = new Map(requests.map((_, index) => [String(index), timedAnswer(pace)]))
  const closed = new Promise<void>((resolve, reject) => {
    socket.on("error", reject)
    socket.on("close", () => (answers.size === 0 ? resolve() : reject(new Error("the socket closed early"))))
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data))
      if (frame.type === "chunk") answers.get(frame.requestId)?.add(frame.chunk)
      else if (frame.type === "end") {
        answers.get(frame.requestId)?.expectWhole()
        answers.delete(frame.requestId)
        if (answers.size === 0) socket.close()
      } else if (frame.type !== "start") reject(new Error(String(data)))
    })
  })
  for (const [index, request] of requests.entries())
    socket.send(JSON.stringify({ ...request, requestId: String(index) }))
  await closed
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
