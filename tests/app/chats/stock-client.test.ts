/** The AI SDK's own client, unmodified: `useChat` is built on this `Chat`. */
import { randomUUID } from "node:crypto"
import { Chat } from "@ai-sdk/react"
import {
  DefaultChatTransport,
  isToolUIPart,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  type UIMessage,
} from "ai"
import { eq } from "drizzle-orm"
import { expect, test } from "vitest"
import { chat as chatTable } from "#db/schema.ts"
import type { ScriptedStep } from "#lib/models/demo/script.ts"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

const rename: ScriptedStep = {
  reasoning: "A name is asked for.",
  text: "I will name it.",
  toolCall: { toolName: "rename_chat", input: { title: "Numbers" } },
}

test.each(["1", "0"])(
  "U10 a tool call approved by a stock client runs once, with RESUMABLE_STREAMS=%s",
  async (flag) => {
    const { page, client, model, titleOf, charges } = await asked({ RESUMABLE_STREAMS: flag })
    const waitingId = page.lastMessage?.id
    expect(await titleOf()).not.toBe("Numbers")
    await decide(page, true)
    await over(page)

    expect(await titleOf()).toBe("Numbers")
    expect(page.messages).toHaveLength(2)
    expect(page.lastMessage?.id).toBe(waitingId)
    const [stored] = (await client.messages()).slice(-1)
    expect(seen(page.lastMessage)).toEqual(seen(stored))
    expect(seen(stored)).toEqual([
      "step-start",
      "reasoning A name is asked for.",
      "text I will name it.",
      "rename_chat output-available approved true",
      "step-start",
      "text It is done.",
    ])
    expect(model.calls).toHaveLength(2)
    expect(await charges()).toHaveLength(2)

    await page.sendMessage({ text: "never mind" })
    expect(seen(page.lastMessage)).toContain("text Never mind then.")
    expect(await client.messages()).toHaveLength(4)
  },
)

test("U10 a tool call denied by a stock client does not run, and the model hears why", async () => {
  const { page, client, model, titleOf } = await asked()
  await decide(page, false, "I like the old one.")
  await over(page)
  expect(await titleOf()).not.toBe("Numbers")
  expect(seen(page.lastMessage)).toContain("rename_chat output-denied approved false")
  expect(seen(page.lastMessage)).toEqual(seen((await client.messages()).at(-1)))
  expect(JSON.stringify(model.calls[1]?.prompt)).toContain("I like the old one.")
})

test("U10 several calls are decided in one request, and make one answer with one charge", async () => {
  const { page, client, model, charges, posts } = await asked({}, { ...rename, times: 2 })
  const ids = approvalsOf(page.lastMessage)
  expect(ids).toHaveLength(2)
  const before = posts.length
  await page.addToolApprovalResponse({ id: ids[0] ?? "", approved: false })
  expect(posts).toHaveLength(before)
  ended.delete(page)
  await page.addToolApprovalResponse({ id: ids[1] ?? "", approved: true })
  await over(page)
  const calls = seen(page.lastMessage).filter((part) => part.startsWith("rename_chat"))
  expect(calls).toEqual(["rename_chat output-denied approved false", "rename_chat output-available approved true"])
  expect(seen(page.lastMessage)).toEqual(seen((await client.messages()).at(-1)))
  expect(model.calls).toHaveLength(2)
  expect(await charges()).toHaveLength(2)
})

test("U10 posting the same decision again, at once or later, runs nothing again and shows the same answer", async () => {
  const { page, client, model, posts, open, charges } = await asked()
  const waiting = structuredClone(page.messages)
  const [first, second] = [open(waiting), open(waiting)]
  await Promise.all([decide(first, true), decide(second, true)])
  await Promise.all([over(first), over(second)])
  const late = open(waiting)
  await decide(late, true)
  await over(late)
  const stored = seen((await client.messages()).at(-1))
  for (const each of [first, second, late]) expect([each.status, seen(each.lastMessage)]).toEqual(["ready", stored])
  expect(model.calls).toHaveLength(2)
  expect(await charges()).toHaveLength(2)

  const opposite = open(waiting)
  await decide(opposite, false)
  await over(opposite)
  expect(posts.at(-1)?.status).toBe(409)
  expect([opposite.status, opposite.error?.message]).toEqual(["error", expect.stringContaining("approval_invalid")])
})

test("U10 a decision that joins halfway shows each word once", async () => {
  const { page, client, model, open } = await asked()
  const waiting = structuredClone(page.messages)
  model.hold()
  await decide(page, true)
  await model.called(2)
  await model.releaseUntil("It is")
  await expect.poll(() => seen(page.lastMessage).join()).toContain("It is")
  const other = open(waiting)
  await decide(other, true)
  await expect.poll(() => seen(other.lastMessage).join()).toContain("It is")
  model.release()
  await Promise.all([over(page), over(other)])
  expect(seen(other.lastMessage)).toEqual(seen((await client.messages()).at(-1)))
  expect(seen(page.lastMessage)).toEqual(seen(other.lastMessage))
})

test("U10 after a reload the stored call can be approved, and the answer regenerated", async () => {
  const { client, open, model, titleOf } = await asked()
  const reloaded = open((await client.messages()) as UIMessage[])
  await decide(reloaded, true)
  await over(reloaded)
  expect(await titleOf()).toBe("Numbers")
  await reloaded.regenerate()
  expect([reloaded.status, reloaded.messages.length]).toEqual(["ready", 2])
  expect(model.calls).toHaveLength(3)
  expect(await client.messages()).toHaveLength(2)
})

test("U10 only the decision is taken from a stock client's message", async () => {
  const { page, client, titleOf, open, guest, model } = await asked()
  const waiting = structuredClone(page.messages)
  const forged = structuredClone(waiting)
  for (const part of forged.at(-1)?.parts ?? []) if (isToolUIPart(part)) part.input = { title: "Forged" }
  const other = await guest()
  other.chatId = client.chatId
  const stranger = open(waiting, other)
  await decide(stranger, true)
  await over(stranger)
  expect(stranger.error?.message).toContain("chat_not_found")

  const madeUp = structuredClone(waiting)
  for (const part of madeUp.at(-1)?.parts ?? []) if (isToolUIPart(part) && part.approval) part.approval.id = "made-up"
  const inventor = open(madeUp)
  await decide(inventor, true)
  await over(inventor)
  expect(inventor.error?.message).toContain("approval_invalid")
  expect(model.calls).toHaveLength(1)

  const forger = open(forged)
  await decide(forger, true)
  await over(forger)
  expect(await titleOf()).toBe("Numbers")
})

test("U10 a stock client's request with a stream id of its own is refused with an explanation", async () => {
  const { guest, open } = await asked()
  const client = await guest()
  client.chatId = "aB3dE5fG7hI9jK1l"
  const page = open([], client)
  await page.sendMessage({ text: "hello" })
  expect(page.error?.message).toContain("A chat id must be a UUID.")
})

test("U10 a stock client stops, writes again, attaches a file and edits as documented", async () => {
  const { client, open, model } = await asked()
  client.chatId = randomUUID()
  const page = open()
  model.hold()
  const sent = page.sendMessage({ text: "never mind" })
  await model.called(2)
  await model.releaseUntil("Never")
  await expect.poll(() => seen(page.lastMessage).join()).toContain("Never")
  expect(await (await client.stop()).json()).toEqual({ stopped: true })
  model.release()
  await sent
  expect((await client.messages()).at(-1)?.metadata?.status).toBe("STOPPED")

  await page.regenerate()
  expect(seen(page.lastMessage)).toContain("text Never mind then.")
  expect(await client.messages()).toHaveLength(2)

  const file = {
    type: "file" as const,
    mediaType: "text/plain",
    filename: "a.txt",
    url: "data:text/plain;base64,SGVsbG8=",
  }
  await page.sendMessage({ text: "never mind this", files: [file] })
  expect(JSON.stringify(model.calls.at(-1)?.prompt)).toContain("Hello")

  const question = page.messages.at(-2)
  await page.sendMessage({ text: "never mind at all", messageId: question?.id ?? "" })
  expect([page.status, page.error?.message]).toEqual(["error", expect.stringContaining("message_id_conflict")])
})

async function asked(environment: Record<string, string> = {}, first: ScriptedStep = rename) {
  const model = scripted(({ prompt }) => {
    if (JSON.stringify(prompt.at(-1)).includes("never mind")) return "Never mind then."
    return prompt.at(-1)?.role === "tool" ? "It is done." : first
  })
  const service = await freshService({ model, environment })
  const client = await service.guest()
  const posts: Response[] = []
  ended.clear()
  const open = (messages: UIMessage[] = [], as: Client = client): Page => {
    const chat: Page = new Chat({
      id: as.chatId,
      messages: structuredClone(messages),
      onFinish: () => void ended.set(chat, (ended.get(chat) ?? 0) + 1),
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
      transport: new DefaultChatTransport({
        api: "/api/chat",
        async fetch(address, init) {
          const response = await as.request(String(address), init)
          if (init?.method === "POST") posts.push(response)
          return response
        },
      }),
    })
    return chat
  }
  const page = open()
  await page.sendMessage({ text: "Call this chat: Numbers" })
  const database = service.services.database.db
  return {
    ...service,
    client,
    model,
    page,
    open,
    posts,
    titleOf: async () => {
      const [row] = await database
        .select({ title: chatTable.title })
        .from(chatTable)
        .where(eq(chatTable.id, client.chatId))
      return row?.title
    },
  }
}

function approvalsOf(message: UIMessage | undefined): string[] {
  return message?.parts.flatMap((part) => (isToolUIPart(part) && part.approval ? [part.approval.id] : [])) ?? []
}

type Page = Chat<UIMessage>

/** how many answers each page has read to their end */
const ended = new Map<Page, number>()

/** Decides on the last waiting call. The client posts by itself, and its promise does not wait for that. */
async function decide(page: Page, approved: boolean, reason?: string): Promise<void> {
  ended.delete(page)
  await page.addToolApprovalResponse({
    id: approvalsOf(page.lastMessage).at(-1) ?? "",
    approved,
    ...(reason && { reason }),
  })
}

async function over(page: Page): Promise<void> {
  await expect.poll(() => ended.get(page)).toBe(1)
}

/** A message's parts as a person would see them. */
function seen(message: Pick<UIMessage, "parts"> | undefined): string[] {
  return (message?.parts ?? []).map((part) => {
    if (part.type === "text" || part.type === "reasoning") return `${part.type} ${part.text}`
    if (!isToolUIPart(part)) return part.type
    return `${part.type.replace("tool-", "")} ${part.state} approved ${part.approval?.approved}`
  })
}
