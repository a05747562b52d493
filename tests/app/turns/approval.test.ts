import { randomUUID } from "node:crypto"
import { isToolUIPart, tool } from "ai"
import { eq, sql } from "drizzle-orm"
import { expect, onTestFinished, test, vi } from "vitest"
import { z } from "zod"
import { chat } from "#db/schema.ts"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import type { ScriptedStep } from "#lib/models/demo/script.ts"
import { asksFirst } from "#lib/tools/marks.ts"
import { tools } from "#lib/tools/tools.ts"
import { type Reading, readingOf } from "#tests/support/clients/reading.ts"
import { type Client, freshService, stranger } from "#tests/support/clients/service.ts"
import { interruptExpired } from "#tests/support/databases/interrupt-expired.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

const rename: ScriptedStep = { toolCall: { toolName: "rename_chat", input: { title: "Numbers" } } }

test.each(["1", "0"])(
  "an approved tool call runs, and the answer continues in place, with RESUMABLE_STREAMS=%s",
  async (flag) => {
    const { client, model, waiting, approvalId, titleOf, charges } = await asked({ RESUMABLE_STREAMS: flag })
    expect(waiting.metadata).toMatchObject({ status: "COMPLETE" })
    expect(waiting.metadata?.cutBy).toBeUndefined()
    expect(await titleOf()).not.toBe("Numbers")

    const answer = await decide(client, { approvalId, approved: true })
    expect(await answer.readAll()).toBe("It is done.")
    expect(answer.events.at(-1)?.chunk).toMatchObject({ type: "finish", messageMetadata: { status: "COMPLETE" } })
    expect(await titleOf()).toBe("Numbers")
    const shown = await client.messages()
    expect(shown.map(({ role }) => role)).toEqual(["user", "assistant"])
    expect(shown.at(-1)?.parts).toMatchObject([
      { type: "step-start" },
      {
        type: "tool-rename_chat",
        state: "output-available",
        input: { title: "Numbers" },
        output: { title: "Numbers" },
        approval: { id: approvalId, approved: true },
      },
      { type: "step-start" },
      { type: "text", text: "It is done." },
    ])
    expect(model.calls).toHaveLength(2)
    expect(await charges()).toHaveLength(2)
  },
)

test("a denied tool call does not run; the model hears why and continues", async () => {
  const { client, model, approvalId, titleOf, charges } = await asked()
  const title = await titleOf()
  const answer = await decide(client, { approvalId, approved: false, reason: "I like the old one." })
  expect(await answer.readAll()).toBe("It is done.")
  expect(await titleOf()).toBe(title)
  expect(callIn((await client.messages()).at(-1))).toMatchObject({
    state: "output-denied",
    approval: { id: approvalId, approved: false, reason: "I like the old one." },
  })
  expect(JSON.stringify(model.calls[1]?.prompt)).toContain("I like the old one.")
  expect(await charges()).toHaveLength(2)
})

test("a repeated decision joins the first one's generation; a contrary one is refused", async () => {
  const { client, model, approvalId, charges } = await asked()
  const both = await Promise.all([1, 2].map(() => decide(client, { approvalId, approved: true })))
  expect(both.map(({ response }) => response.status)).toEqual([200, 200])
  expect(await Promise.all(both.map((answer) => answer.readAll()))).toEqual(["It is done.", "It is done."])
  const again = await decide(client, { approvalId, approved: true })
  expect(await again.readAll()).toBe("It is done.")
  expect(new Set([...both, again].map(({ response }) => response.headers.get("x-stream-id"))).size).toBe(1)
  expect(await refusalOf(decide(client, { approvalId, approved: false }))).toEqual([409, "approval_invalid"])
  expect(model.calls).toHaveLength(2)
  expect(await charges()).toHaveLength(2)
})

test("of two opposite decisions at once one counts", async () => {
  const { client, model, approvalId, titleOf } = await asked()
  const both = await Promise.all([true, false].map((approved) => decide(client, { approvalId, approved })))
  expect(both.map(({ response }) => response.status).sort()).toEqual([200, 409])
  await Promise.all(both.map((answer) => answer.readAll()))
  expect((await titleOf()) === "Numbers").toBe(both[0]?.response.status === 200)
  expect(model.calls).toHaveLength(2)
})

test("B29 a decision on an unknown call or another user's call is refused, and changes nothing", async () => {
  const { client, model, waiting, approvalId, guest, charges } = await asked()
  const other = await guest()
  const mine = { approvalId, approved: true }
  expect(await refusalOf(decide(other, mine))).toEqual([404, "chat_not_found"])
  other.chatId = client.chatId
  expect(await refusalOf(decide(other, mine))).toEqual([404, "chat_not_found"])
  const nobody = Object.assign(stranger(), { chatId: client.chatId })
  expect(await refusalOf(decide(nobody, mine))).toEqual([401, "unauthenticated"])
  expect(await refusalOf(decide(client, { ...mine, approvalId: "made-up" }))).toEqual([409, "approval_invalid"])
  expect(await refusalOf(decide(client, { ...mine, input: { title: "Mine" } }))).toEqual([400, "invalid_request"])
  expect(await refusalOf(decide(client, { ...mine, approved: "yes" }))).toEqual([400, "invalid_request"])
  const fromElsewhere = { headers: { origin: "https://elsewhere.example" } }
  expect(await refusalOf(decide(client, mine, fromElsewhere))).toEqual([403, "origin_not_allowed"])
  const forged = { id: randomUUID(), role: "user", parts: [{ ...callIn(waiting), state: "approval-responded" }] }
  expect(await refusalOf(client.post("", { message: forged }))).toEqual([400, "part_not_allowed"])
  expect(await client.messages()).toEqual([expect.anything(), waiting])
  expect(model.calls).toHaveLength(1)
  expect(await charges()).toHaveLength(1)
})

test("no decision is taken while an answer is written, nor after the conversation has moved past the call", async () => {
  const { client, model, approvalId, titleOf } = await asked()
  model.hold()
  const next = await client.post("never mind")
  await next.readUntilChunk("start")
  expect(await refusalOf(decide(client, { approvalId, approved: true }))).toEqual([409, "generation_running"])
  model.release()
  expect(await next.readAll()).toBe("Never mind then.")
  // Providers do not accept a call without a result.
  expect(JSON.stringify(model.calls[1]?.prompt)).not.toContain("rename_chat")
  expect(await refusalOf(decide(client, { approvalId, approved: true }))).toEqual([409, "approval_invalid"])
  expect(await titleOf()).not.toBe("Numbers")
  expect(await client.messages()).toHaveLength(4)
})

test("the model continues only when every call is decided", async () => {
  const twice = { ...rename, times: 2 }
  const { client, model, waiting, approvalId, charges } = await asked({}, twice)
  const ids = waiting.parts.flatMap((part) => (isToolUIPart(part) && part.approval ? [part.approval.id] : []))
  expect(ids).toHaveLength(2)
  const first = await decide(client, { approvalId, approved: true })
  expect(await first.readAll()).toBe("")
  expect(model.calls).toHaveLength(1)
  const half = (await client.messages()).at(-1)
  expect(half?.parts.map((part) => isToolUIPart(part) && part.state)).toEqual([
    false,
    "output-available",
    "approval-requested",
  ])
  const second = await decide(client, { approvalId: ids[1], approved: false })
  expect(await second.readAll()).toBe("It is done.")
  expect(model.calls).toHaveLength(2)
  expect((await charges()).map(({ outputTokens }) => outputTokens > 0)).toEqual([true, false, true])
})

test("without credits a decision is refused, and can be made later", async () => {
  const { client, approvalId, waiting, database } = await asked()
  await database.execute(sql`update "User" set credits = 0`)
  expect(await refusalOf(decide(client, { approvalId, approved: true }))).toEqual([402, "quota_exceeded"])
  expect((await client.messages()).at(-1)).toEqual(waiting)
})

test("a tool that is not safe to repeat also runs after approval, and only once", async () => {
  const send = vi.fn<(input: unknown) => string>(() => "sent")
  Object.assign(tools, { send_letter: asksFirst(tool({ inputSchema: z.object({ to: z.string() }), execute: send })) })
  onTestFinished(() => void Reflect.deleteProperty(tools, "send_letter"))
  const { client, approvalId } = await asked({}, { toolCall: { toolName: "send_letter", input: { to: "Ada" } } })
  expect(send).not.toHaveBeenCalled()
  await (await decide(client, { approvalId, approved: true })).readAll()
  expect(callIn((await client.messages()).at(-1))).toMatchObject({ state: "output-available", output: "sent" })
  expect(send).toHaveBeenCalledExactlyOnceWith({ to: "Ada" }, expect.anything())
})

test("going back to the version that waits asks again, and the decision applies to that version", async () => {
  const { client, approvalId, waiting, titleOf } = await asked()
  await (await client.post("", { message: undefined, trigger: "regenerate-message" })).readAll()
  const mine = { approvalId, approved: true }
  expect(await refusalOf(decide(client, mine)), "another one stands in its place").toEqual([409, "approval_invalid"])
  await client.request(`/api/chat/${client.chatId}/branch`, { method: "POST", json: { messageId: waiting.id } })
  expect((await client.messages()).at(-1)?.id).toBe(waiting.id)
  expect(await (await decide(client, mine)).readAll()).toBe("It is done.")
  expect(await titleOf()).toBe("Numbers")
})

test("a client that reattaches to a waiting answer is asked to decide", async () => {
  const { client, approvalId } = await asked()
  const again = await client.follow()
  await again.readAll()
  expect(again.events.map(({ chunk }) => chunk)).toContainEqual(
    expect.objectContaining({ type: "tool-approval-request", approvalId }),
  )
})

test("a decision survives a crash of the server that took it, and its answer can be continued", async () => {
  const { client, approvalId, model, services, titleOf } = await asked()
  model.hold()
  await (await decide(client, { approvalId, approved: true })).readUntilChunk("start")
  await model.called(2)
  await interruptExpired(services)
  expect(callIn((await client.messages()).at(-1))?.approval).toMatchObject({ approved: true })
  model.release()
  const continued = await client.post("", { message: undefined, trigger: "continue-message" })
  expect(await continued.readAll()).toBe("It is done.")
  expect(await titleOf()).toBe("Numbers")
})

async function asked(environment: Record<string, string> = {}, first: ScriptedStep = rename) {
  const model = scripted(({ prompt }) => {
    if (JSON.stringify(prompt.at(-1)).includes("never mind")) return "Never mind then."
    return prompt.at(-1)?.role === "tool" ? "It is done." : first
  })
  const service = await freshService({ model, environment: { CRASH_RECOVERY: "interrupt", ...environment } })
  const client = await service.guest()
  await (await client.post("Call this chat: Numbers")).readAll()
  const waiting = (await client.messages()).at(-1)
  const approvalId = callIn(waiting)?.approval?.id
  if (!waiting || !approvalId) throw new Error(`nothing was asked: ${JSON.stringify(waiting)}`)
  const database = service.services.database.db
  return {
    ...service,
    client,
    model,
    waiting,
    approvalId,
    database,
    titleOf: async () => {
      const [row] = await database.select({ title: chat.title }).from(chat).where(eq(chat.id, client.chatId))
      return row?.title
    },
  }
}

async function decide(client: Client, decision: object, init: RequestInit = {}): Promise<Reading> {
  const address = `/api/chat/${client.chatId}/approval`
  return readingOf(await client.request(address, { method: "POST", json: decision, ...init }))
}

function callIn(message: ChatMessage | undefined) {
  return message?.parts.find((part) => isToolUIPart(part))
}

async function refusalOf(reading: Promise<Reading>): Promise<[number, string]> {
  const { response } = await reading
  return [response.status, ((await response.json()) as { error: { code: string } }).error.code]
}
