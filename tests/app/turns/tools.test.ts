import { expect, test, vi } from "vitest"
import { freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

test("a tool reports progress while it runs, and only its result is stored and given to the model", async () => {
  const call = { toolName: "search_docs", input: { query: "resume" } }
  const model = scripted([{ toolCall: call }, { text: "Found." }])
  const { guest } = await freshService({ model })
  const client = await guest()
  const answer = await client.post("look it up")
  expect(await answer.readAll()).toBe("Found.")
  const outputs = answer.events.flatMap(({ chunk }) => (chunk.type === "tool-output-available" ? [chunk] : []))
  expect(outputs.map(({ preliminary }) => preliminary ?? false)).toEqual([true, true, true, false])
  expect(outputs[0]?.output).toMatchObject({ progress: "Reading the documents" })
  const [, stored] = await client.messages()
  expect(stored?.parts[1]).toMatchObject({ state: "output-available", output: { sources: expect.any(Array) } })
  expect(JSON.stringify([stored?.parts, model.calls[1]?.prompt])).not.toContain("progress")
})

test("B62 calling an invented tool is an error under the tool's name, whose control codes are never printed", async () => {
  const toolName = "\u001b[2J<img src=x onerror=alert(1)>\u009b31m"
  const input = { query: "\u001b]0;owned\u0007<script>alert(2)</script>" }
  const printers = (["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name))
  const { guest } = await freshService({ model: scripted([{ toolCall: { toolName, input } }, { text: "Sorry." }]) })
  const client = await guest()
  const response = await client.request("/api/chat", {
    method: "POST",
    json: { id: client.chatId, message: { id: "m", role: "user", parts: [{ type: "text", text: "call it" }] } },
  })
  const wire = await response.text()
  expect(wire).toContain("Sorry.")
  expect(wire).not.toContain("\u001b")
  const [, stored] = await client.messages()
  expect(stored?.parts[1]).toMatchObject({ type: `tool-${toolName}`, input, state: "output-error" })
  for (const printer of printers) expect(printer).not.toHaveBeenCalled()
})
