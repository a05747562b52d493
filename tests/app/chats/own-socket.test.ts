/** Our own client with its tab's socket. */
import { randomUUID } from "node:crypto"
import { expect, test } from "vitest"
import { type ChatMessage, textOf } from "#lib/chat-protocol.ts"
import { ResilientChatTransport } from "#lib/transports/resilient-chat-transport.ts"
import { ownSocket } from "#tests/support/clients/own-socket.ts"
import { freshService } from "#tests/support/clients/service.ts"
import { scripted, type TestModel } from "#tests/support/providers/scripted-model.ts"
import { socketServer } from "#tests/support/servers/socket-server.ts"

const words = Array.from({ length: 60 }, (_, index) => `word${index + 1}`).join(" ")
const onShow = { isAway: false, back: async () => undefined, close: () => undefined }

interface AskedChat {
  chatId: string
  text(): string
  ended: Promise<void>
}

type Tab = Awaited<ReturnType<typeof tabOn>>

const askThrice = (tab: Tab) => Promise.all(Array.from({ length: 3 }, () => tab.ask(randomUUID())))

/** Lets the answers of some chats grow together until all of them say this. */
async function growUntil(word: string, chats: AskedChat[], { model }: Tab): Promise<void> {
  await expect
    .poll(() => {
      model.release(1) // one of them takes it
      return chats.every(({ text }) => text().includes(word))
    })
    .toBe(true)
}

async function tabOn(model: TestModel) {
  const service = await freshService({ model })
  const server = await socketServer()
  const client = await service.guest()
  const { tabSocket, sockets } = ownSocket({ ...server, cookie: client.cookie })
  return {
    ...service,
    model,
    client,
    sockets,
    async ask(chatId: string): Promise<AskedChat> {
      const question: ChatMessage = { id: randomUUID(), role: "user", parts: [{ type: "text", text: "count" }] }
      const transport = new ResilientChatTransport({
        agent: "assistant",
        api: `${server.origin}/api/chat`, // never asked
        loadSocket: async () => tabSocket,
        watchPresence: () => onShow,
      })
      const asked = { chatId, messageId: undefined, messages: [question], abortSignal: undefined }
      const stream = await transport.sendMessages({ ...asked, trigger: "submit-message" })
      let text = ""
      async function read(): Promise<void> {
        for await (const chunk of stream) if (chunk.type === "text-delta") text += chunk.delta
      }
      return { chatId, text: () => text, ended: read() }
    },
  }
}

test("one socket carries three chats at once, and every answer is whole", async () => {
  const tab = await tabOn(scripted(words, { held: true }))
  const chats = await askThrice(tab)
  await growUntil("word3", chats, tab)
  tab.model.release()
  await Promise.all(chats.map(({ ended }) => ended))
  expect(chats.map(({ text }) => text())).toEqual([words, words, words])
  for (const { chatId } of chats) {
    tab.client.chatId = chatId
    expect(textOf((await tab.client.messages()).at(-1)?.parts ?? [])).toBe(words)
  }
  expect(tab.sockets).toHaveLength(1)
  expect(await tab.charges()).toHaveLength(3)
})

test("three chats whose socket is lost continue where they were, over one other socket", async () => {
  const tab = await tabOn(scripted(words, { held: true }))
  const chats = await askThrice(tab)
  await growUntil("word3", chats, tab)
  tab.sockets[0]?.close()
  await growUntil("word6", chats, tab)
  tab.model.release()
  await Promise.all(chats.map(({ ended }) => ended))
  expect(chats.map(({ text }) => text())).toEqual([words, words, words])
  expect(tab.sockets).toHaveLength(2)
  expect(await tab.charges()).toHaveLength(3)
})
