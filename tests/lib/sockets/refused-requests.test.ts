import { randomUUID } from "node:crypto"
import { describe, expect, test } from "vitest"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { resume, send, world } from "./socket-world.ts"

describe("refused", () => {
  test("B50 a frame for another user's chat, like one that does not exist, is refused, and the socket stays", async () => {
    const { ws, client, guest, charges } = await world(scripted("one two"))
    const other = await guest()
    await (await other.post("mine")).readAll()
    ws.send(send(other.chatId, "yours"))
    expect(await ws.until("q", "error")).toMatchObject({
      code: "chat_not_found",
      errorText: "There is no such chat.",
      retryable: false,
    })
    ws.send(resume(other.chatId, { stored: true }, "theirs"))
    ws.send(resume(randomUUID(), { stored: true }, "nobody's"))
    await ws.until("theirs", "no-active")
    await ws.until("nobody's", "no-active")
    expect(await charges()).toHaveLength(1)
    ws.send(send(client.chatId, "count", "own"))
    await ws.until("own", "end")
  })

  const notFrames: [string, string | Buffer][] = [
    ["not JSON", "hello"],
    ["binary", Buffer.from('{"type":"abort","requestId":"q"}')],
    ["of an unknown type", '{"type":"subscribe","requestId":"q"}'],
    ["an array", '[{"type":"abort","requestId":"q"}]'],
    ["without a requestId", '{"type":"resume","id":"x"}'],
    ["nested too deeply", `{"type":"abort","requestId":"q","x":${"[".repeat(200)}${"]".repeat(200)}}`],
  ]
  test.each(notFrames)("B51 a frame that is %s is an error, and the socket is closed with 1008", async (_, frame) => {
    const { ws } = await world(scripted("never asked"))
    ws.send(frame)
    expect(await ws.closed).toBe(1008)
    expect(ws.frames()).toMatchObject([{ type: "error", code: "invalid_frame", retryable: false }])
  })

  test("B52 a frame of 20 MB closes the socket with 1009", async () => {
    const { ws, client } = await world(scripted("never asked"))
    ws.socket.on("error", () => undefined)
    ws.send(send(client.chatId, "x".repeat(20_000_000)))
    expect(await ws.closed).toBe(1009)
    expect((await client.request(`/api/chat/${client.chatId}/messages`)).status).toBe(404)
  })

  test("B53 the 51st request on a socket is refused, and so is a second one of the same id; both may come later", async () => {
    const model = scripted("one", { held: true })
    const { ws, client } = await world(model)
    ws.send(send(client.chatId, "count", "0"))
    await ws.until("0", "start")
    for (let index = 1; index < 50; index++) ws.send(resume(client.chatId, {}, String(index)))
    ws.send(resume(client.chatId, {}, "one too many"))
    expect(await ws.until("one too many", "error")).toMatchObject({
      code: "too_many_subscriptions",
      retryable: true,
      retryAfterSeconds: 2,
    })
    ws.send(resume(client.chatId, {}, "7"))
    expect(await ws.until("7", "error")).toMatchObject({ code: "duplicate_id", retryable: false })
    for (let index = 1; index < 50; index++) await ws.until(String(index), "start")
    model.release()
    for (let index = 0; index < 50; index++) await ws.until(String(index), "end")
    ws.send(resume(client.chatId, { stored: true }, "one too many"))
    await ws.until("one too many", "end")
  })

  const bad: [string, string, object][] = [
    ["a chat id that is none", "invalid_chat_id", { id: "../../x" }],
    ["no text", "empty_message", { messages: [{ id: "m", role: "user", parts: [] }] }],
    ["a forged answer", "role_not_allowed", { messages: [{ id: "m", role: "assistant", parts: [] }] }],
    ["a field nobody knows", "unknown_field", { body: { gooseUrl: "http://127.0.0.1" } }],
    ["an agent that does not exist", "agent_not_found", { body: { agent: "__proto__" } }],
    [
      "NUL in its text",
      "invalid_text",
      { messages: [{ id: "m", role: "user", parts: [{ type: "text", text: "\0" }] }] },
    ],
    ["a key that is none", "invalid_request", { headers: { "Idempotency-Key": "ä\n" } }],
    ["a key that is no text", "invalid_request", { headers: { "Idempotency-Key": { toString: 1 } } }],
    ["a picture of 2 MB in its text", "body_too_large", { messages: [picture(2_000_000)] }],
  ]
  test.each(bad)("a question with %s gets %s, changes nothing, and the socket stays", async (_, code, fields) => {
    const model = scripted("never asked")
    const { ws, client, charges } = await world(model)
    ws.send({ ...send(client.chatId, "count"), ...fields })
    expect(await ws.until("q", "error")).toMatchObject({ code })
    expect((await client.request(`/api/chat/${client.chatId}/messages`)).status).toBe(404)
    expect([model.calls.length, (await charges()).length]).toEqual([0, 0])
    ws.send(resume(client.chatId))
    await ws.until("r", "no-active")
  })

  test("a chat of 7 MB is taken, since only its last question is read", async () => {
    const { ws, client } = await world(scripted("one two"))
    const question = send(client.chatId, "count")
    ws.send({ ...question, messages: [picture(7_000_000), ...question.messages] })
    await ws.until("q", "end")
    expect(ws.text("q")).toBe("one two")
  })

  test.each([
    ["after", "-1", "invalid_position"],
    ["id", "x", "invalid_chat_id"],
  ])("following with a wrong `%s` of %s gets %s", async (field, value, code) => {
    const { ws, client } = await world(scripted("never asked"))
    ws.send(resume(client.chatId, { [field]: value }))
    expect(await ws.until("r", "error")).toMatchObject({ code })
  })

  test("a question during an answer names the stream that runs", async () => {
    const { ws, client } = await world(scripted("one", { held: true }))
    ws.send(send(client.chatId, "count"))
    const { streamId } = await ws.until("q", "start")
    ws.send(send(client.chatId, "and on", "second"))
    expect(await ws.until("second", "error")).toMatchObject({ code: "generation_running", streamId, retryable: true })
  })

  test("questions count against the rate of POSTs", async () => {
    const { ws, client } = await world(scripted("one"), { RATE_LIMIT_PER_MINUTE: "1" })
    ws.send(send(client.chatId, "count"))
    await ws.until("q", "end")
    ws.send(send(client.chatId, "again", "second"))
    expect(await ws.until("second", "error")).toMatchObject({
      code: "rate_limited",
      retryAfterSeconds: expect.any(Number),
    })
  })
})

function picture(bytes: number) {
  const url = `data:image/png;base64,${"A".repeat(bytes)}`
  return { id: randomUUID(), role: "user", parts: [{ type: "file", mediaType: "image/png", url }] }
}
