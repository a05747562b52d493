/** Sockets at real servers: a stock client's and frames by hand. */
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { Chat } from "@ai-sdk/react"
import { describe, expect, test } from "vitest"
import { WebSocket } from "ws"
import { type ChatMessage, textOf } from "#lib/chat-protocol.ts"
import { frameClient } from "#tests/support/clients/socket-client.ts"
import { stockSocket } from "#tests/support/clients/stock-socket.ts"
import { signIn } from "#tests/support/clients/test-chat.ts"
import { type Server, startFleet, wordsUpTo } from "#tests/support/servers/fleet.ts"
import { patiently } from "#tests/support/within.ts"
import { promisedBy } from "./row.ts"

describe.concurrent("a socket at a real server", () => {
  test("carries a stock client's answers, and refuses handshakes as other requests are refused", async () => {
    await using fleet = await startFleet({ servers: 1 })
    const server = fleet.server(0)
    const { chat } = stockPage(server, await signIn(server.url))
    await chat.sendMessage({ text: "say 40 words" })
    expect([chat.status, textOf(chat.lastMessage?.parts ?? [])]).toEqual(["ready", wordsUpTo(40)])
    expect(await refusalOf(server, "/api/ws", {})).toBe("401 unauthenticated")
    expect(await refusalOf(server, "/api/ws", { origin: "https://evil.example" })).toBe("403 origin_not_allowed")
    expect(await refusalOf(server, "/api/chat", {})).toBe("426 upgrade_required")
    expect((await fetch(`${server.url}/api/ws`)).status).toBe(426)
  })

  promisedBy("log")("F1 goes on within its request when another server that wrote the answer is killed", async () => {
    await using fleet = await startFleet()
    const [writing, reading] = [fleet.server(0), fleet.server(1)]
    const cookie = await signIn(writing.url)
    fleet.model.hold()
    const { chat, chatId } = stockPage(writing, cookie)
    const asking = chat.sendMessage({ text: "say 100 words" })
    const follower = frameClient(await openSocket(reading, cookie))
    fleet.model.release(50)
    await patiently(async () => expect(textOf(chat.lastMessage?.parts ?? [])).toContain("word40"))
    follower.send({ type: "resume", requestId: "r", id: chatId, headers: {}, body: {} })
    await follower.untilText("r", "word40")
    await writing.stop("SIGKILL")
    await asking
    expect([chat.status, chat.error?.message]).toEqual(["error", expect.stringMatching(/network connection/)])
    fleet.model.release()
    await follower.until("r", "end")
    const frames = follower.frames("r")
    expect(follower.text("r")).toBe(wordsUpTo(100))
    expect(frames.filter(({ type }) => type === "start")).toHaveLength(1)
    const sequences = frames.flatMap(({ sequence }) => sequence ?? [])
    expect(sequences).toEqual(sequences.map((_, index) => index))

    const returned = stockPage(reading, cookie, { id: chatId, messages: chat.messages })
    await returned.chat.resumeStream()
    expect(await storedText(reading, cookie, chatId)).toBe(wordsUpTo(100))
  })

  promisedBy("log")(
    "F1 a stock client whose own server is killed resumes at another, and shows the whole answer",
    async () => {
      await using fleet = await startFleet()
      const [writing, other] = [fleet.server(0), fleet.server(1)]
      const cookie = await signIn(writing.url)
      fleet.model.hold()
      const { chat, chatId } = stockPage(writing, cookie)
      const asking = chat.sendMessage({ text: "say 100 words" })
      fleet.model.release(50)
      await patiently(async () => expect(textOf(chat.lastMessage?.parts ?? [])).toContain("word40"))
      await writing.stop("SIGKILL")
      await asking
      const returned = stockPage(other, cookie, { id: chatId, messages: chat.messages })
      const resuming = returned.chat.resumeStream()
      await patiently(async () => expect(returned.chat.status).toBe("streaming"))
      fleet.model.release()
      await resuming
      // As a page does that is looked at again: its connection may have been lost once more.
      while (returned.chat.status === "error") await returned.chat.resumeStream()
      expect(textOf(returned.chat.lastMessage?.parts ?? [])).toBe(wordsUpTo(100))
      expect(returned.chat.messages).toHaveLength(2)
    },
  )

  test("F2 is closed with 1012 at a drain, after the answers that end in time", async () => {
    await using fleet = await startFleet()
    const server = fleet.server(0)
    fleet.model.hold()
    const socket = frameClient(await openSocket(server, await signIn(server.url)))
    const message = { id: randomUUID(), role: "user", parts: [{ type: "text", text: "say 40 words" }] }
    socket.send({ type: "send", requestId: "q", id: randomUUID(), message })
    fleet.model.release(10)
    await socket.untilText("q", "word5")
    const exiting = server.stop("SIGTERM")
    fleet.model.release()
    await socket.until("q", "end")
    expect(await socket.closed).toBe(1012)
    expect(socket.text("q")).toBe(wordsUpTo(40))
    expect(await exiting).toBe(0)
  })
})

interface Stored {
  id: string
  messages: ChatMessage[]
}

function stockPage({ url }: Server, cookie: string, { id, messages }: Stored = { id: randomUUID(), messages: [] }) {
  const { transport } = stockSocket({ url: `${url}/api/ws`, origin: url, cookie })
  return { chatId: id, chat: new Chat<ChatMessage>({ id, messages, transport }) }
}

async function openSocket({ url }: Server, cookie: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url}/api/ws`, { headers: { cookie, origin: url } })
  await once(socket, "open")
  return socket
}

async function refusalOf({ url }: Server, address: string, headers: Record<string, string>): Promise<string> {
  const socket = new WebSocket(`${url}${address}`, { headers: { origin: url, ...headers } })
  const [, response] = await once(socket, "unexpected-response")
  let body = ""
  for await (const bytes of response) body += bytes
  return `${response.statusCode} ${JSON.parse(body).error.code}`
}

async function storedText({ url }: Server, cookie: string, chatId: string): Promise<string> {
  const response = await fetch(`${url}/api/chat/${chatId}/messages`, { headers: { cookie } })
  const { messages } = (await response.json()) as { messages: ChatMessage[] } // as docs have it
  return textOf(messages.at(-1)?.parts ?? [])
}
