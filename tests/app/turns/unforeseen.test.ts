/** Unexpected exceptions: the answer still ends with its text so far, and the chat stays usable. */
import { expect, test, vi } from "vitest"
import { eventId } from "#lib/chat-protocol.ts"
import { messageBuilder } from "#lib/chunks/message-builder.ts"
import { freshService } from "#tests/support/clients/service.ts"
import { breaksAfter } from "#tests/support/providers/scripted-model.ts"

test("an answer with an unexpected exception ends as failed, keeps its text, and is charged once", async () => {
  const service = await freshService({ model: breaksAfter("one two", " three") })
  const client = await service.guest()
  await (await client.post("hello")).readAll()
  const partial = (await client.messages()).at(-1)
  // By its contract this never rejects.
  vi.spyOn(service.services.chat.compactor, "fit").mockRejectedValueOnce(new Error("unforeseen"))
  const answer = await client.post("", { trigger: "continue-message", messageId: partial?.id, message: undefined })
  await answer.readAll()
  expect(answer.events.at(-1)?.chunk).toMatchObject({ type: "error" })
  const ended = (await client.messages()).at(-1)
  expect(ended?.id).not.toBe(partial?.id)
  expect(ended).toMatchObject({ metadata: { status: "ERROR", error: { code: "internal_error" } } })
  expect(JSON.stringify(ended?.parts)).toContain("one two")
  expect(await service.charges(), "no model was asked anew").toHaveLength(1)

  const next = await client.post("and now?")
  expect(next.response.status).toBe(200)
  await next.readAll()
  expect(await client.messages()).toHaveLength(4)
})

test("a failing message builder keeps the streamed text, including later text, and reports the failure once", async () => {
  const onProblem = vi.fn()
  const builder = messageBuilder("a1", onProblem)
  builder.add({ id: eventId(1, 1), chunk: { type: "text-start", id: "0" } })
  builder.add({ id: eventId(1, 2), chunk: { type: "text-delta", id: "0", delta: "one " } })
  expect(await builder.parts()).toMatchObject([{ type: "text", text: "one " }])
  // A part that was never begun: the SDK's own reader refuses it.
  builder.add({ id: eventId(1, 3), chunk: { type: "reasoning-delta", id: "9", delta: "hm" } })
  builder.add({ id: eventId(1, 4), chunk: { type: "text-delta", id: "0", delta: "two" } })
  expect(await builder.parts()).toEqual([{ type: "text", text: "one two", state: "done" }])
  builder.add({ id: eventId(1, 5), chunk: { type: "text-delta", id: "0", delta: " three" } })
  expect(await builder.parts()).toEqual([{ type: "text", text: "one two three", state: "done" }])
  expect(onProblem).toHaveBeenCalledOnce()
})
