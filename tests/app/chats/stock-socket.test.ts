/** The AI SDK's own client with its WebSocket transport, unmodified. */
import { Chat } from "@ai-sdk/react"
import { expect, test } from "vitest"
import type { WebSocket } from "ws"
import { type ChatMessage, textOf } from "#lib/chat-protocol.ts"
import { type Client, freshService, type TestService } from "#tests/support/clients/service.ts"
import { stockSocket } from "#tests/support/clients/stock-socket.ts"
import { scripted, type TestModel } from "#tests/support/providers/scripted-model.ts"
import { type SocketServer, socketServer } from "#tests/support/servers/socket-server.ts"

interface Page {
  chat: Chat<ChatMessage>
  text(): string
  socket(): WebSocket | undefined
}

interface World extends TestService, SocketServer {
  client: Client
  /** Opens a page with what is stored, as after a reload. */
  page(): Promise<Page>
}

async function world(model: TestModel, environment: Record<string, string> = {}): Promise<World> {
  const service = await freshService({ model, environment })
  const server = await socketServer()
  const client = await service.guest()
  return {
    ...service,
    ...server,
    client,
    async page() {
      const { transport, sockets } = stockSocket({ ...server, cookie: client.cookie })
      const isStored = (await client.request(`/api/chat/${client.chatId}/messages`)).ok
      const messages = isStored ? await client.messages() : []
      const chat = new Chat<ChatMessage>({ id: client.chatId, messages, transport })
      return { chat, text: () => textOf(chat.lastMessage?.parts ?? []), socket: () => sockets.at(-1) }
    },
  }
}

const settings: Record<string, string>[] = [{}, { STREAM_RELAY: "pubsub" }, { RESUMABLE_STREAMS: "0" }]

test.each(settings)("a stock client shows the whole answer, with %o", async (environment) => {
  const { page, client, charges } = await world(scripted("one two three"), environment)
  const { chat, text } = await page()
  await chat.sendMessage({ text: "count" })
  expect([chat.status, text()]).toEqual(["ready", "one two three"])
  expect(chat.messages.at(-1)?.id).toBe((await client.messages()).at(-1)?.id)
  await chat.regenerate()
  expect(text()).toBe("one two three")
  expect(await charges()).toHaveLength(2)
})

test.each(settings.slice(0, 2))(
  "a stock client that is reloaded mid-answer shows all of it, with %o",
  async (environment) => {
    const model = scripted("one two three four", { held: true })
    const { page, client, charges } = await world(model, environment)
    const first = await page()
    const sending = first.chat.sendMessage({ text: "count" })
    await model.releaseUntil("two")
    await expect.poll(first.text).toContain("two")
    first.socket()?.terminate()
    await sending
    const reloaded = await page()
    const resuming = reloaded.chat.resumeStream()
    await expect.poll(reloaded.text).toContain("two")
    model.release()
    await resuming
    expect(reloaded.text()).toBe("one two three four")
    expect(reloaded.chat.messages).toHaveLength(2)
    expect((await client.messages()).map(({ id }) => id)).toEqual(reloaded.chat.messages.map(({ id }) => id))
    expect(await charges()).toHaveLength(1)
  },
)

test("with the feature off, a stock client that is reloaded mid-answer keeps what is stored, and nothing hangs", async () => {
  const model = scripted("one two three four", { held: true })
  const { page } = await world(model, { RESUMABLE_STREAMS: "0", SAVE_EVERY_CHARS: "1" })
  const first = await page()
  const sending = first.chat.sendMessage({ text: "count" })
  await model.releaseUntil("two")
  await expect.poll(first.text).toContain("two")
  first.socket()?.terminate()
  await sending
  const reloaded = await page()
  await reloaded.chat.resumeStream()
  expect(reloaded.chat.status).toBe("ready")
  model.release()
})

test("a stock client's stop leaves the answer running, and it is whole when the client comes back", async () => {
  const model = scripted("one two three four", { held: true })
  const { page, client } = await world(model)
  const { chat, text } = await page()
  const sending = chat.sendMessage({ text: "count" })
  await model.releaseUntil("two")
  await expect.poll(text).toContain("two")
  await chat.stop()
  await sending
  const resuming = chat.resumeStream()
  await expect.poll(() => chat.status).toBe("streaming")
  model.release()
  await resuming
  expect(text()).toBe("one two three four")
  expect((await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
})

test("a stock client whose message is refused shows why, and its other chats go on", async () => {
  const { page } = await world(scripted("one two"))
  const { chat, text, socket } = await page()
  await chat.sendMessage({ text: " " })
  expect([chat.status, chat.error?.message]).toEqual(["error", "The message is empty."])
  const opened = socket()
  await chat.sendMessage({ text: "count" })
  expect(text()).toBe("one two")
  expect(socket()).toBe(opened)
})

test("at a drain a stock client loses its socket in a way that lets it resume, after the answers that ended in time", async () => {
  const model = scripted("one two three", { held: true })
  const { page, services } = await world(model)
  const { chat, text, socket } = await page()
  const sending = chat.sendMessage({ text: "count" })
  await model.releaseUntil("two")
  await expect.poll(text).toContain("two")
  let closeCode = 0
  socket()?.once("close", (code) => {
    closeCode = code
  })
  const draining = services.drain(10_000)
  model.release()
  await sending
  expect([chat.status, text(), closeCode]).toEqual(["ready", "one two three", 0])
  await draining
  await expect.poll(() => closeCode).toBe(1012)
})
