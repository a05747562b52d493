import { isToolUIPart } from "ai"
import { expect, onTestFinished, test, vi } from "vitest"
import { mcpTools } from "#lib/tools/mcp.ts"
import { readingOf } from "#tests/support/clients/reading.ts"
import { freshService } from "#tests/support/clients/service.ts"
import { freePort } from "#tests/support/databases/postgres.ts"
import { startMcpServer } from "#tests/support/providers/mcp-server.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { hangMs } from "#tests/support/within.ts"

test("B64 a tool of an MCP server runs once the user has approved it, with the input that was shown", async () => {
  const server = await startMcpServer()
  onTestFinished(() => server.close())
  const model = scripted([{ toolCall: { toolName: "sums_add", input: { a: 2, b: 3 } } }, { text: "It is five." }])
  const { guest, services } = await freshService({ model, environment: { MCP_SERVERS: `sums=${server.url}` } })
  await vi.waitUntil(() => "sums_add" in services.chat.mcp.current(), { timeout: hangMs })
  const client = await guest()
  await (await client.post("add two and three")).readAll()
  const waiting = (await client.messages()).at(-1)?.parts.find((part) => isToolUIPart(part))
  expect(waiting).toMatchObject({ state: "approval-requested", input: { a: 2, b: 3 } })
  expect(server.calls).toEqual([])

  const answer = readingOf(
    await client.request(`/api/chat/${client.chatId}/approval`, {
      method: "POST",
      json: { approvalId: waiting && "approval" in waiting ? waiting.approval?.id : "", approved: true },
    }),
  )
  expect(await answer.readAll()).toBe("It is five.")
  expect(server.calls).toEqual([{ a: 2, b: 3 }])
  const done = (await client.messages()).at(-1)?.parts.find((part) => isToolUIPart(part))
  expect(done).toMatchObject({ state: "output-available", output: { content: [{ type: "text", text: "5" }] } })
})

test("an unreachable MCP server costs its tools, not the answer; with none configured, no request is made", async () => {
  const model = scripted("an answer")
  const environment = { MCP_SERVERS: `gone=http://127.0.0.1:${await freePort()}/mcp` }
  const { guest, services } = await freshService({ model, environment })
  const client = await guest()
  expect(await (await client.post("hello")).readAll()).toBe("an answer")
  expect(services.chat.mcp.current()).toEqual({})
})

test("the tools of a server return with it, and disappear when it goes", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
  const port = await freePort()
  const problems: unknown[] = []
  const tools = mcpTools([{ name: "sums", url: `http://127.0.0.1:${port}/mcp` }], {
    onProblem: (problem) => problems.push(problem),
  })
  onTestFinished(() => tools.close())
  await vi.waitUntil(() => problems.length > 0, { timeout: hangMs })
  const server = await startMcpServer({ port })
  vi.advanceTimersByTime(30_000)
  await vi.waitUntil(() => "sums_add" in tools.current(), { timeout: hangMs })
  await server.close()
  vi.advanceTimersByTime(30_000)
  await vi.waitUntil(() => !("sums_add" in tools.current()), { timeout: hangMs })
})
