import { randomUUID } from "node:crypto"
import { asSchema, uiMessageChunkSchema } from "ai"
import { describe, expect, test } from "vitest"
import { type Client, freshService, type TestService } from "#tests/support/clients/service.ts"
import { type FrameClient, frameClient } from "#tests/support/clients/socket-client.ts"
import { scripted, type TestModel } from "#tests/support/providers/scripted-model.ts"
import { type SocketServer, socketServer } from "#tests/support/servers/socket-server.ts"

interface World extends TestService, SocketServer {
  client: Client
  ws: FrameClient
}

async function world(model: TestModel, environment: Record<string, string> = {}): Promise<World> {
  const service = await freshService({ model, environment })
  const server = await socketServer()
  const client = await service.guest()
  return { ...service, ...server, client, ws: frameClient(await server.open({ cookie: client.cookie })) }
}

/** A stock client's question. */
function send(chatId: string, text: string, requestId = "q") {
  const messages = [{ id: randomUUID(), role: "user", parts: [{ type: "text", text }] }]
  return { type: "send", requestId, id: chatId, trigger: "submit-message", messages, headers: {}, body: {} }
}

function resume(chatId: string, fields: object = {}, requestId = "r") {
  return { type: "resume", requestId, id: chatId, headers: {}, body: {}, ...fields }
}

test("a question gets its answer: numbered chunks that the AI SDK accepts, with our event ids, and an end", async () => {
  const { ws, client, charges } = await world(scripted("one two three"))
  ws.send(send(client.chatId, "count"))
  await ws.until("q", "end")
  const frames = ws.frames("q")
  expect(frames[0]).toMatchObject({ type: "start", streamId: expect.any(String) })
  expect(frames[0]).not.toHaveProperty("resume")
  expect(frames.at(-1)).toEqual({ type: "end", requestId: "q" })
  const chunks = frames.slice(1, -1)
  expect(chunks.map(({ sequence }) => sequence)).toEqual(chunks.map((_, index) => index))
  expect(chunks.map(({ id }) => id)).toEqual(chunks.map((_, index) => `1-${index + 1}`))
  for (const { chunk } of chunks)
    expect(await asSchema(uiMessageChunkSchema).validate?.(chunk)).toMatchObject({ success: true })
  expect(ws.text("q")).toBe("one two three")
  expect(await charges()).toHaveLength(1)
})

test("several chats share a socket, each with numbers of its own", async () => {
  const { ws } = await world(scripted("one two three"))
  const ids = ["a", "b", "c"]
  for (const id of ids) ws.send(send(randomUUID(), "count", id))
  for (const id of ids) await ws.until(id, "end")
  for (const id of ids) {
    expect(ws.text(id)).toBe("one two three")
    expect(ws.frames(id).find(({ type }) => type === "chunk")?.sequence).toBe(0)
  }
})

test("a position in an older answer gives that answer's end, not the rest of the newer one", async () => {
  const model = scripted("one two three four", { held: true })
  const { ws, client } = await world(model)
  ws.send(send(client.chatId, "count"))
  await model.releaseUntil("two")
  await ws.untilText("q", "two")
  const { streamId } = await ws.until("q", "start")
  const after = ws.frames("q").at(-1)?.id
  await client.stop()
  ws.send(send(client.chatId, "count again", "newer"))
  await model.releaseUntil("one")

  ws.send(resume(client.chatId, { after, streamId, stored: true }))
  await ws.until("r", "end")
  expect(ws.frames("r")[0]).toMatchObject({ type: "start", streamId, resume: "stored" })
  expect(ws.text("r")).toBe("one two")
  model.release()
})

test("a stock client that resumes gets the answer from its start, and nothing where none runs", async () => {
  const model = scripted("one two three", { held: true })
  const { ws, client } = await world(model)
  ws.send(resume(client.chatId, {}, "before"))
  await ws.until("before", "no-active")
  ws.send(send(client.chatId, "count"))
  await model.releaseUntil("two")
  await ws.untilText("q", "two")
  ws.send(resume(client.chatId))
  await ws.untilText("r", "two")
  const [start, first] = ws.frames("r")
  expect(start).toMatchObject({ type: "start", resume: "from-start" })
  expect(first).toMatchObject({ sequence: 0, chunk: { type: "start", messageId: expect.any(String) } })
  model.release()
  await ws.until("r", "end")
  expect(ws.text("r")).toBe("one two three")
  expect(ws.frames("r").some(({ type }) => type === "caught-up")).toBe(false)
  ws.send(resume(client.chatId, {}, "after"))
  await ws.until("after", "no-active")
})

test("with resuming off, a running answer is nothing to follow, and comes as far as it is stored to who wants that", async () => {
  const model = scripted("one two", { held: true })
  const { ws, client } = await world(model, { RESUMABLE_STREAMS: "0" })
  ws.send(send(client.chatId, "count"))
  await ws.until("q", "start")
  ws.send(resume(client.chatId))
  await ws.until("r", "no-active")
  ws.send(resume(client.chatId, { stored: true }, "stored"))
  expect(await ws.until("stored", "start")).toMatchObject({ resume: "stored" })
  model.release()
  await ws.until("q", "end")
  expect(ws.text("q")).toBe("one two")
})

test("our own client continues after the last event it has, hears when it has caught up, and gets a stored answer", async () => {
  const model = scripted("one two three", { held: true })
  const { ws, client } = await world(model)
  ws.send({ ...send(client.chatId, "count"), caughtUp: true })
  await model.releaseUntil("two")
  await ws.untilText("q", "two")
  const after = ws.frames("q").at(-1)?.id
  ws.send(resume(client.chatId, { after, caughtUp: true, stored: true }))
  await ws.until("r", "caught-up")
  expect(ws.frames("r")[0]).toMatchObject({ type: "start", resume: "continued" })
  model.release()
  await ws.until("r", "end")
  expect(ws.text("r")).toBe(" three")

  ws.send(resume(client.chatId, { caughtUp: true, stored: true }, "stored"))
  await ws.until("stored", "end")
  expect(ws.frames("stored")[0]).toMatchObject({ type: "start", resume: "stored" })
  expect(ws.text("stored")).toBe("one two three")
  expect(ws.frames("stored").every(({ id }) => id === undefined)).toBe(true)
  const last = ws.frames("r").findLast(({ id }) => id !== undefined)?.id
  ws.send(resume(client.chatId, { after: last, stored: true }, "has all"))
  await ws.until("has all", "no-active")
})

test("a position of another epoch starts over, with `reset`", async () => {
  const model = scripted("one two three", { held: true })
  const { ws, client } = await world(model)
  ws.send(send(client.chatId, "count"))
  await model.releaseUntil("two")
  await ws.untilText("q", "two")
  ws.send(resume(client.chatId, { after: "7-1" }))
  await ws.untilText("r", "one two")
  expect(ws.frames("r")[0]).toMatchObject({ type: "start", resume: "reset" })
})

test("leaving a request, or the socket, does not stop the answer", async () => {
  const model = scripted("one two three", { held: true })
  const { ws, client, open } = await world(model)
  ws.send(send(client.chatId, "count"))
  await model.releaseUntil("one")
  await ws.untilText("q", "one")
  ws.send({ type: "abort", requestId: "q" })
  // The same id is free again once the request is gone.
  await expect.poll(() => retryUntilFree(ws, client.chatId)).toBe(true)
  ws.socket.terminate()
  const other = frameClient(await open({ cookie: client.cookie }))
  other.send(resume(client.chatId))
  await other.until("r", "start")
  model.release()
  await other.until("r", "end")
  expect(other.text("r")).toBe("one two three")
  expect((await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
})

async function retryUntilFree(ws: FrameClient, chatId: string): Promise<boolean> {
  const before = ws.frames("q").length
  ws.send(resume(chatId, {}, "q"))
  while (ws.frames("q").length === before) await new Promise((resolve) => ws.socket.once("message", resolve))
  return ws.frames("q")[before]?.type === "start"
}

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
