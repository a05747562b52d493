import { asc } from "drizzle-orm"
import { expect, test } from "vitest"
import { source } from "#db/schema.ts"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { scripted } from "#tests/support/scripted-model.ts"
import { freshService } from "#tests/support/service.ts"

const urlsOf = (message: ChatMessage | undefined) =>
  message?.parts.flatMap((part) => (part.type === "source-url" ? [part.url] : []))

test("M12 B61 each address is cited once, under the same number in the stream, after a reload and in its table", async () => {
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
