/**
 * D10: an answer is complete whether it arrives in one piece or in a hundred thousand, and reading takes no longer
 * than its length explains.
 */
import { once } from "node:events"
import { createServer } from "node:http"
import { expect, onTestFinished, test } from "vitest"
import { loadConfig } from "#lib/config.ts"
import { modelRegistry } from "#lib/models/registry.ts"
import { freshService } from "#tests/support/clients/service.ts"
import { done, finish, says, usage } from "#tests/support/dialects/dialect.ts"

const end = finish("stop", { usage }) + done
const numbered = Array.from({ length: 100_000 }, (_, index) => `${index} `)

test.each<[what: string, wire: string[], text: string, cutBy: string | undefined]>([
  ["5 MB in one event", [says("word ".repeat(1_000_000))], "word ".repeat(200_000), "length"],
  ["100,000 events of a word each", numbered.map(says), numbered.join(""), undefined],
  [
    "50,000 beginnings of a tag",
    Array.from({ length: 50_000 }, () => says("<thin")),
    "<thin".repeat(50_000),
    undefined,
  ],
])("D10 %s", { timeout: 60_000 }, async (_, wire, text, cutBy) => {
  const { client, charges } = await askedOf(wire.join("") + end)
  expect((await (await client.post("hello")).readAll()) === text).toBe(true)
  const stored = (await client.messages()).at(-1)
  expect(stored?.parts.map((part) => (part.type === "text" ? part.text : "")).join("") === text).toBe(true)
  expect(stored?.metadata).toMatchObject({ status: "COMPLETE", ...(cutBy && { cutBy }) })
  expect(await charges()).toHaveLength(1)
})

async function askedOf(body: string) {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { "Content-Type": "text/event-stream" }).end(body)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === "object" && address ? address.port : 0
  const config = loadConfig({ OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, CHAT_MODELS: "m" })
  const { guest, charges } = await freshService({ model: modelRegistry(config.models).get().model })
  return { client: await guest(), charges }
}
