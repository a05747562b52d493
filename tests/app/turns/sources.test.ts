import { asc } from "drizzle-orm"
import { expect, test } from "vitest"
import { source } from "#db/schema.ts"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { recoverAll } from "#lib/turns/recover.ts"
import { freshService, type TestService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { twoProcesses, useRedis } from "#tests/support/relays/two-processes.ts"

const redis = useRedis()

const urlsOf = (message: ChatMessage | undefined) =>
  message?.parts.flatMap((part) => (part.type === "source-url" ? [part.url] : []))

test("B61 each address is cited once, under the same number in the stream, after a reload and in its table", async () => {
  const hostile = `https://example.com/${"x".repeat(8_000)}`
  const sources = [
    { url: "https://Two.example/b?utm_source=x#part", title: "Two" },
    { url: "javascript:alert(1)", title: "Evil" },
    { url: "https://one.example/", title: "One" },
    { url: "https://two.example:443/b", title: "Two again" },
    { url: hostile, title: "Too long for an index" },
    { url: "data:text/html,x", title: "Evil too" },
  ]
  const { guest, services } = await freshService({ model: scripted([{ text: "an answer", sources }]) })
  const client = await guest()
  const reading = await client.post("Who says so?")
  const expected = ["https://two.example/b", "https://one.example/"]
  expect(await reading.readAll()).toBe("an answer")
  expect(reading.events.flatMap(({ chunk }) => (chunk.type === "source-url" ? [chunk.url] : []))).toEqual(expected)
  const answer = (await client.messages()).at(-1)
  expect(answer?.metadata?.status).toBe("COMPLETE")
  expect(urlsOf(answer)).toEqual(expected)
  const rows = await services.database.db.select().from(source).orderBy(asc(source.position))
  expect(rows.map(({ position, url, title }) => [position, url, title])).toEqual([
    [1, "https://two.example/b", "Two"],
    [2, "https://one.example/", "One"],
  ])
})

const search = (query: string) => ({ toolCall: { toolName: "search_docs", input: { query } } })

test("sections found by the document search become the answer's sources, under the numbers given to the model", async () => {
  const model = scripted([search("stop"), search("the stop of an answer"), { text: "It stops [1]." }])
  const service = await freshService({ model })
  const client = await service.guest()
  const reading = await client.post("How do I stop it?")
  expect(await reading.readAll()).toBe("It stops [1].")

  const told = [1, 2].map((call) => JSON.stringify(model.calls[call]?.prompt))
  const answer = (await client.messages()).at(-1)
  const urls = urlsOf(answer) ?? []
  expect(urls[0]).toBe("/docs/how-it-works#stop")
  expect(urls.length).toBeGreaterThanOrEqual(5)
  expect(new Set(urls).size).toBe(urls.length)
  for (const [index, url] of urls.entries()) expect(told[1]).toMatch(numbered(index + 1, url))
  expect(told[0]).toMatch(numbered(1, urls[0]))

  // After the output of the search that found them, and not again after the second one.
  const said = reading.events.map(({ chunk }) => chunk)
  const kinds = said.map((chunk) => ("preliminary" in chunk && chunk.preliminary ? "progress" : chunk.type))
  const output = kinds.indexOf("tool-output-available")
  expect(kinds.slice(output + 1, output + 6)).toEqual(Array.from({ length: 5 }, () => "source-url"))
  expect(said.flatMap((chunk) => (chunk.type === "source-url" ? [chunk.url] : []))).toEqual(urls)
  expect(await sourceRows(service)).toEqual(urls.map((url, index) => [index + 1, url]))

  const stored = await client.follow()
  await stored.readAll()
  expect(stored.events.flatMap(({ chunk }) => (chunk.type === "source-url" ? [chunk.url] : []))).toEqual(urls)
})

test("an answer taken over after a search keeps its sources and their numbers", async () => {
  const first = scripted([search("stop"), { text: "It stops [1]." }], { held: true })
  const second = scripted([search("stop"), { text: " [1]." }])
  const service = await twoProcesses(redis(), first, second)
  const client = await service.guest()
  const answer = await client.post("How do I stop it?")
  await first.releaseUntil("stops")
  await answer.readUntil("stops")
  const before = answer.events.flatMap(({ chunk }) => (chunk.type === "source-url" ? [chunk.url] : []))
  expect(before).toHaveLength(5)
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await expect
    .poll(async () => (await service.other.chat.relay.readLog(streamId))?.at(-1)?.id)
    .toBe(answer.events.at(-1)?.id)
  await service.loseFirst()
  await recoverAll(service.other.chat)
  await expect.poll(async () => (await client.messages()).at(-1)?.metadata?.status).toBe("COMPLETE")
  const stored = (await client.messages()).at(-1)
  expect(urlsOf(stored)).toEqual(before)
  expect(await sourceRows(service)).toEqual(before.map((url, index) => [index + 1, url]))
})

test("an exported chat lists them with their full address", async () => {
  const { guest } = await freshService({ model: scripted([search("stop"), { text: "It stops [1]." }]) })
  const client = await guest()
  await (await client.post("How do I stop it?")).readAll()
  const file = await (await client.request(`/api/chat/${client.chatId}/export?format=markdown`)).text()
  expect(file).toMatch(/\n1\. \[How it works: Stop\]\(<http:\/\/[^/]+\/docs\/how-it-works#stop>\)\n2\. /)
  const chat = await client.request(`/api/chat/${client.chatId}/export?format=json`)
  expect(await chat.text()).toContain('"url": "/docs/how-it-works#stop"')
})

async function sourceRows({ services }: TestService) {
  const rows = await services.database.db.select().from(source).orderBy(asc(source.position))
  return rows.map(({ position, url }) => [position, url])
}

/** The form of a source in a tool's output. */
function numbered(number: number, url = ""): RegExp {
  return new RegExp(`"number":${number},"url":"${url}"`)
}
