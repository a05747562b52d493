import { expect, test } from "vitest"
import { scripted } from "#tests/support/scripted-model.ts"
import { freshService } from "#tests/support/service.ts"

test("M10 a tool tells how far it is while it runs, and only what it found is stored and told to the model", async () => {
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
  expect(stored?.parts[1]).toMatchObject({ state: "output-available", output: { results: expect.any(Array) } })
  expect(JSON.stringify([stored?.parts, model.calls[1]?.prompt])).not.toContain("progress")
})
