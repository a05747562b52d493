/** What a page needs of a proxy, behind each of them at once, configured as `docs/how/deployment.md` has it. */
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { maxFileBytes } from "#lib/chat-protocol.ts"
import { classifyResponse, problemOfProxy } from "#lib/transports/own-answer.ts"
import { freePort } from "#tests/support/databases/postgres.ts"
import { type OpenAiServer, startOpenAiServer } from "#tests/support/providers/openai-server.ts"
import { type Guest, type GuestChat, guestAt, type ReadingTab, untilAnswered } from "#tests/support/proxies/guest.ts"
import { proxyPrograms } from "#tests/support/proxies/programs.ts"
import { findProxy, type ProxyProcess, startProxy } from "#tests/support/proxies/proxy-process.ts"
import { rawReadingOf } from "#tests/support/proxies/raw-reading.ts"
import { type AppProcess, startApp } from "#tests/support/servers/app-process.ts"

const kinds = proxyPrograms.map((kind) => ({ ...kind, isHere: findProxy(kind) !== undefined }))
const guests = new Map<string, Guest>()
const proxies: ProxyProcess[] = []
let model: OpenAiServer
let app: AppProcess
let start: () => Promise<void>
let dataDir: string

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "rejoin-app-"))
  const serverPort = await freePort()
  model = await startOpenAiServer({ answer: ({ question }) => answerTo(question) })
  start = async () => {
    const environment = { PORT: String(serverPort), OPENAI_BASE_URL: model.url, CHAT_MODELS: "test-model" }
    app = await startApp({ dataDir, environment })
    // A folder that is opened for the first time can take longer than a request may go without a word.
    await vi.waitUntil(() => isHealthy(app.url), { timeout: 100_000 })
  }
  const here = kinds.filter(({ isHere }) => isHere)
  // One that starts after another has failed is ended like the others.
  const starting = [start(), ...here.map(async (kind) => void proxies.push(await startProxy(kind, { serverPort })))]
  await Promise.allSettled(starting)
  await Promise.all(starting)
  for (const { name, url } of proxies) guests.set(name, await guestAt(url))
})

afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()))
  await app?.stop("SIGKILL")
  await model?.close()
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10 })
})

const words = Array.from({ length: 8 }, (_, index) => `word${index + 1}`)

function answerTo(question: string) {
  const text = words.join(" ")
  return question.includes("fall silent") ? { text, fault: "stalled" as const, faultAfterWords: 2 } : text
}

/** Declares a row for each proxy; missing proxies are skipped, with names that say how to run them. */
function row(name: string, body: (guest: Guest) => Promise<void>, isConcurrent = true): void {
  for (const { name: proxy, debianPackage, isHere } of kinds) {
    const title = name.replace("PROXY", proxy)
    if (!isHere) test.skip(`${title} — runs with the Debian package ${debianPackage}`, () => undefined)
    else if (isConcurrent) test.concurrent(title, () => body(guestBehind(proxy)))
    else test(title, () => body(guestBehind(proxy)))
  }
}

function guestBehind(proxy: string): Guest {
  const guest = guests.get(proxy)
  if (!guest) throw new Error(`nobody is behind ${proxy}`)
  return guest
}

describe("sequential rows, as the model sends one word at a time", () => {
  row(
    "behind PROXY each word arrives before the next one is sent, and a reload in the middle resumes",
    async (guest) => {
      model.hold()
      const chat = guest.openChat()
      const asking = chat.ask("speak")
      model.release(1)
      const tab = await asking
      for (const word of words.slice(0, 4)) {
        await tab.until(word)
        model.release(1)
      }
      const reloaded = await chat.reload()
      await Promise.all([tab.until("word5"), reloaded.until("word5")])
      model.release()
      expect(await Promise.all([tab.ended, reloaded.ended])).toEqual([words.join(" "), words.join(" ")])
      await expectAnsweredOnce(guest, chat.chatId, words.join(" "))
    },
    false,
  )
})

describe("concurrent rows", () => {
  row(
    "behind PROXY a model that falls silent leaves the stream open, and its heartbeats come through",
    async (guest) => {
      const chat = guest.openChat()
      const message = { id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text: "fall silent" }] }
      const body = JSON.stringify({ id: chat.chatId, message })
      const headers = { "content-type": "application/json" }
      const reading = rawReadingOf(await guest.request("/api/chat", { method: "POST", headers, body }))
      await reading.until("word2")
      await reading.until(": heartbeat")
      await reading.leave()
      await guest.request(`/api/chat/${chat.chatId}/stop`, { method: "POST" })
    },
  )

  row("behind PROXY the feed announces events at once, also after a silence", async (guest) => {
    const feed = rawReadingOf(await guest.request("/api/events"))
    await feed.until("event: state")
    await feed.until(": heartbeat")
    const chat = guest.openChat()
    const tab = await chat.ask("speak")
    await feed.until("event: turn-started", chat.chatId)
    await tab.ended
    await feed.until("event: turn-ended", chat.chatId)
    await feed.leave()
  })

  row("behind PROXY a file of 10 MB is uploaded, and downloaded unchanged", async (guest) => {
    const file = Buffer.alloc(maxFileBytes, "All work and no play. ")
    const headers = { "content-type": "text/plain", "x-filename": "work.txt" }
    const uploaded = await untilAnswered(() => guest.request("/api/files", { method: "POST", headers, body: file }))
    expect(uploaded.status).toBe(201)
    const { url } = (await uploaded.json()) as { url: string } // as docs have it
    const back = await guest.request(url)
    expect(Buffer.from(await back.arrayBuffer()).equals(file)).toBe(true)
  })

  row("P5 behind PROXY a WebSocket handshake gets our answer", async ({ url }) => {
    const { hostname, port, host } = new URL(url)
    const socket = connect(Number(port), hostname)
    await once(socket, "connect")
    const upgrade = "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13"
    socket.write(
      `GET /api/chat HTTP/1.1\r\nhost: ${host}\r\n${upgrade}\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    let answer = ""
    // Not until the end: some proxies keep the connection.
    for await (const bytes of socket) {
      answer += bytes
      if (answer.includes("}}")) break
    }
    expect(answer).toMatch(/^HTTP\/1\.[01] 426 /)
    expect(answer).toContain('"upgrade_required"')
  })
})

describe("while the server is away", () => {
  interface Outage {
    running: Promise<string>
    asked: Promise<string>
    runningId: string
    askedId: string
  }
  const outages = new Map<string, Promise<Outage>>()

  beforeAll(async () => {
    const everybody = [...guests]
    model.hold()
    const running = await Promise.all(
      everybody.map(async ([name, guest]) => {
        const chat = guest.openChat()
        const asking = chat.ask(`speak to who is behind ${name}`)
        model.release(3)
        return { name, guest, chat, tab: await asking }
      }),
    )
    await app.stop("SIGKILL")
    for (const { name, guest, chat, tab } of running) {
      const next = guest.openChat()
      const asked = next.ask(`answer me, behind ${name}`).then((asking) => asking.ended)
      asked.catch(() => undefined) // told by the row
      // It gets the proxy's own response more than once before the server is back.
      const outage = next.says("reconnecting", 2).then(() => ({
        running: toTheEnd(chat, tab),
        asked,
        runningId: chat.chatId,
        askedId: next.chatId,
      }))
      outages.set(name, outage)
    }
    await Promise.all([...outages.values()].map((outage) => outage.catch(() => undefined)))
    model.release()
    await start()
  })

  row("P1 behind PROXY a question sent meanwhile is answered once", async (guest) => {
    const { asked, askedId } = await outageBehind(guest)
    expect(await asked).toBe(words.join(" "))
    await expectAnsweredOnce(guest, askedId, words.join(" "))
  })

  row("behind PROXY an interrupted answer is resumed to its end", async (guest) => {
    const { running, runningId } = await outageBehind(guest)
    expect(await running).toContain("word8")
    await isComplete(guest, runningId)
  })

  async function outageBehind(guest: Guest): Promise<Outage> {
    const name = [...guests].find(([, known]) => known === guest)?.[0] ?? ""
    const outage = await outages.get(name)
    if (!outage) throw new Error(`nobody was behind ${name}`)
    return outage
  }
})

describe("default configurations of proxies", () => {
  const bare: Record<string, string> = {
    nginx: "server { listen 127.0.0.1:{port}; location / { proxy_pass http://127.0.0.1:{serverPort}; } }",
    h2o: 'hosts:\n  "*":\n    listen:\n      host: 127.0.0.1\n      port: {port}\n    paths:\n      "/":\n        proxy.reverse.url: "http://127.0.0.1:{serverPort}/"\n',
  }

  for (const kind of kinds.filter(({ name }) => bare[name])) {
    const title = `P3 ${kind.name} hands on its own name, and the refusal and one line of the log say so`
    const isRun = kind.isHere ? test : test.skip
    isRun(kind.isHere ? title : `${title} — runs with the Debian package ${kind.debianPackage}`, async () => {
      const configuration = bare[kind.name] ?? ""
      await using proxy = await startProxy(kind, { serverPort: Number(new URL(app.url).port), configuration })
      const headers = { "content-type": "application/json", origin: proxy.url }
      const signIn = () => fetch(`${proxy.url}/api/auth/sign-in/anonymous`, { method: "POST", headers, body: "{}" })
      for (let times = 0; times < 2; times++) {
        const refused = await signIn()
        expect(refused.status).toBe(403)
        const { error } = (await refused.json()) as { error: { code: string; message: string } } // as docs have it
        expect(error.code).toBe("origin_not_allowed")
        for (const said of [proxy.url, new URL(app.url).host, "BETTER_AUTH_URL"]) expect(error.message).toContain(said)
      }
      const lines = app.output().split("\n")
      expect(lines.filter((line) => line.includes(proxy.url) && line.includes("BETTER_AUTH_URL"))).toHaveLength(1)
    })
  }

  test("P4 nginx refuses 2 MB, and the page says that a proxy refused it", async () => {
    const nginx = kinds.find(({ name }) => name === "nginx")
    if (!nginx) throw new Error("nginx is one of them")
    const serverPort = Number(new URL(app.url).port)
    await using proxy = await startProxy(nginx, { serverPort, configuration: bare["nginx"] ?? "" })
    const answer = await classifyResponse(
      await fetch(`${proxy.url}/api/files`, { method: "POST", body: Buffer.alloc(2_000_000) }),
    )
    expect(answer).toMatchObject({ isOwn: false, means: "refused" })
    const problem = problemOfProxy(answer.response.status, "file")
    expect(problem.message).toContain("A proxy in front of this server refuses files this large")
  })
})

async function isHealthy(url: string): Promise<boolean> {
  const response = await fetch(`${url}/api/health`).catch(() => undefined)
  await response?.body?.cancel()
  return response?.ok ?? false
}

/** Resets as the page does when an answer cannot be resumed at its position. */
async function toTheEnd(chat: GuestChat, tab: ReadingTab): Promise<string> {
  return tab.ended.catch(async () => toTheEnd(chat, await chat.reload()))
}

async function expectAnsweredOnce(guest: Guest, chatId: string, answer: string): Promise<void> {
  await isComplete(guest, chatId)
  const messages = await messagesOf(guest, chatId)
  expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"])
  const parts = messages[1]?.parts.filter(({ type }) => type === "text")
  expect(parts).toEqual([expect.objectContaining({ text: answer })])
  const usage = await guest.request("/api/usage")
  const { charges } = (await usage.json()) as { charges: { chatId: string }[] } // as docs have it
  expect(charges.filter((charge) => charge.chatId === chatId)).toHaveLength(1)
}

/** Resolves once the last message is whole; rejects where that takes too long. */
async function isComplete(guest: Guest, chatId: string): Promise<void> {
  const last = async () => (await messagesOf(guest, chatId)).at(-1)
  await vi.waitUntil(async () => (await last())?.metadata?.status === "COMPLETE", { timeout: 60_000, interval: 100 })
}

interface StoredMessage {
  role: string
  parts: { type: string; text?: string }[]
  metadata?: { status?: string }
}

async function messagesOf(guest: Guest, chatId: string): Promise<StoredMessage[]> {
  const response = await guest.request(`/api/chat/${chatId}/messages`)
  return ((await response.json()) as { messages: StoredMessage[] }).messages // as docs have it
}
