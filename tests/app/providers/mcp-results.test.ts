/** U6, U7, U8: behaviour of real MCP servers, tested with one over HTTP. */
import { isToolUIPart } from "ai"
import { expect, onTestFinished, test, vi } from "vitest"
import { mcpTools } from "#lib/tools/mcp.ts"
import { mcpToolName } from "#lib/tools/mcp-names.ts"
import { readingOf } from "#tests/support/clients/reading.ts"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { startMcpServer } from "#tests/support/providers/mcp-server.ts"
import { startOpenAiServer } from "#tests/support/providers/openai-server.ts"
import { hangMs } from "#tests/support/within.ts"

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
const sumInput = { a: 2, b: 3 }

test("U6 a call to a server that has lost its session opens a new one at once and is made again", async () => {
  const server = await startMcpServer()
  onTestFinished(() => server.close())
  const onProblem = vi.fn()
  const tools = mcpTools([{ name: "sums", url: server.url }], { onProblem })
  onTestFinished(() => tools.close())
  await vi.waitUntil(() => "sums_add" in tools.current(), { timeout: hangMs })
  const add = tools.current()["sums_add"]?.execute
  server.forgetSessions()
  const context = { toolCallId: "1", messages: [], context: {} }
  const both = [add?.(sumInput, context), add?.(sumInput, context)]
  expect(await Promise.all(both)).toEqual([
    { content: [{ type: "text", text: "5" }] },
    { content: [{ type: "text", text: "5" }] },
  ])
  expect(server.calls).toEqual([sumInput, sumInput])
  expect(Object.keys(tools.current())).toEqual(["sums_add"])
  expect(onProblem).not.toHaveBeenCalled()
})

test("U7 each tool is offered under a unique name that does not depend on the other tools", async () => {
  const long = "x".repeat(60)
  const names = ["a.b", "a_b", "a b", `${long}_one`, `${long}_two`, "größe", "größe2", "search", "plain"]
  const server = await startMcpServer({ tools: names })
  onTestFinished(() => server.close())
  const tools = mcpTools([{ name: "odd", url: server.url }], { onProblem: () => undefined })
  onTestFinished(() => tools.close())
  await vi.waitUntil(() => "odd_plain" in tools.current(), { timeout: hangMs })
  const offered = tools.current()
  expect(Object.keys(offered)).toHaveLength(names.length)
  for (const name of Object.keys(offered)) expect(name).toMatch(/^[\w-]{1,64}$/)
  const context = { toolCallId: "1", messages: [], context: {} }
  for (const tool of Object.values(offered)) await tool.execute?.(sumInput, context)
  expect(server.called.toSorted()).toEqual(names.toSorted())

  const among = { servers: ["a", "a_b", "search"], taken: ["search_docs"] }
  const likely = [
    mcpToolName("a", "b_c", among),
    mcpToolName("a_b", "c", among),
    mcpToolName("search", "docs", among),
    "search_docs",
  ]
  expect(new Set(likely).size).toBe(4)
  expect(mcpToolName("a", "c", among)).toBe("a_c")
})

test("U8 a model gets a picture as a picture, also in later prompts, and never as text; it is stored once", async () => {
  const content = [
    { type: "text", text: "a dot" },
    { type: "image", data: pixel, mimeType: "image/png" },
  ]
  const { provider, client } = await calling({ content })
  expect(await stored(client)).toMatchObject({ state: "output-available", output: { content } })
  await (await client.post("and now?")).readAll()
  for (const { body } of provider.requests.slice(1)) {
    const told = body.messages.find(({ role }) => role === "tool")
    expect(JSON.stringify(told)).toContain("a dot")
    expect(JSON.stringify(told)).not.toContain(pixel)
    expect(JSON.stringify(body.messages)).toContain(`data:image/png;base64,${pixel}`)
  }
})

test("U8 models without vision are told of pictures, and oversized or invalid pictures are replaced by a note", async () => {
  const content = [
    { type: "image", data: pixel, mimeType: "image/png" },
    { type: "image", data: "A".repeat(90_000), mimeType: "image/png" },
    { type: "audio", data: "A".repeat(90_000), mimeType: "audio/wav" },
    { type: "resource", resource: { uri: "file:///a.txt", text: "words in it" } },
    { type: "resource", resource: { uri: "file:///a.bin", mimeType: "application/zip", blob: "A".repeat(90_000) } },
    { type: "resource_link", uri: "https://example.org/x", name: "a link" },
    { type: "hologram", depth: 3 },
  ]
  const { provider, client } = await calling({ content }, { MODEL_READS: "none" })
  const sent = JSON.stringify(provider.requests.at(-1)?.body.messages)
  expect(sent).not.toContain(pixel)
  expect(sent.length).toBeLessThan(5_000)
  for (const word of [
    "image/png",
    "left out for its size",
    "audio/wav",
    "words in it",
    "application/zip",
    "a link",
    "hologram",
  ])
    expect(sent).toContain(word)
  expect(JSON.stringify(await stored(client)).length).toBeLessThan(5_000)
})

test("U8 a tool that reports an error has failed, in its own words, for the model and on the page", async () => {
  const { provider, client } = await calling({ content: [{ type: "text", text: "No such table" }], isError: true })
  expect(await stored(client)).toMatchObject({ state: "output-error", errorText: "No such table" })
  expect(JSON.stringify(provider.requests.at(-1)?.body.messages)).toContain("No such table")
})

test("U8 a result with structured content only is given to the model and stored", async () => {
  const { provider, client } = await calling({ content: [], structuredContent: { rows: [{ id: 7 }] } })
  expect(JSON.stringify(await stored(client))).toContain("rows")
  expect(JSON.stringify(provider.requests.at(-1)?.body.messages)).toContain("rows")
})

/** Asks a question whose answer calls the tool, and approves that. */
async function calling(result: object, environment: Record<string, string> = {}) {
  const server = await startMcpServer({ result })
  const provider = await startOpenAiServer({
    answer: { text: "Done.", toolCall: { name: "sums_add", arguments: sumInput } },
  })
  onTestFinished(async () => {
    await server.close()
    await provider.close()
  })
  const { guest, services } = await freshService({
    environment: {
      MCP_SERVERS: `sums=${server.url}`,
      OPENAI_BASE_URL: provider.url,
      CHAT_MODELS: "test",
      ...environment,
    },
  })
  await vi.waitUntil(() => "sums_add" in services.chat.mcp.current(), { timeout: hangMs })
  const client = await guest()
  await (await client.post("call it")).readAll()
  const waiting = await stored(client)
  provider.answerWith("Done.")
  const approval = { approvalId: waiting && "approval" in waiting ? waiting.approval?.id : "", approved: true }
  const address = `/api/chat/${client.chatId}/approval`
  await readingOf(await client.request(address, { method: "POST", json: approval })).readAll()
  return { server, provider, client }
}

async function stored(client: Client) {
  return (await client.messages()).at(-1)?.parts.find((part) => isToolUIPart(part))
}
