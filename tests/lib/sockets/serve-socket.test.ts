import { randomUUID } from "node:crypto"
import { asSchema, uiMessageChunkSchema } from "ai"
import { expect, test } from "vitest"
import { type FrameClient, frameClient } from "#tests/support/clients/socket-client.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { resume, send, world } from "./socket-world.ts"

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
