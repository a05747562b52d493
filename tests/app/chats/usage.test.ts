import { expect, test } from "vitest"
import { chatStream, user } from "#db/schema.ts"
import { recover } from "#lib/turns/recover.ts"
import { readUsageForPage } from "#lib/usage.ts"
import { expectRefusal } from "#tests/support/clients/refusal.ts"
import { type Client, freshService, stranger } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

interface UsageBody {
  credits: number | null
  charges: { streamId: string; messageId: string; credits: number; estimated: boolean; model: string }[]
  nextCursor: string | null
}

async function usageOf(client: Client, query = ""): Promise<UsageBody> {
  const response = await client.request(`/api/usage${query}`)
  expect(response.status).toBe(200)
  return (await response.json()) as UsageBody
}

test("a user sees the remaining credits and each answer's charge, and both add up", async () => {
  const { guest } = await freshService({ model: scripted("one two three"), environment: { FREE_CREDITS: "1000" } })
  const client = await guest()
  expect(await usageOf(client)).toEqual({ credits: 1000, charges: [], nextCursor: null })
  const first = await client.post("hello")
  await first.readAll()
  const second = await client.post("again")
  await second.readAll()

  const { credits, charges } = await usageOf(client)
  const streamIds = [second, first].map((answer) => answer.response.headers.get("x-stream-id"))
  expect(charges.map((charge) => charge.streamId)).toEqual(streamIds)
  expect(charges[0]).toMatchObject({ model: "test", estimated: false, messageId: (await client.messages()).at(-1)?.id })
  expect(credits).toBe(1000 - charges.reduce((sum, charge) => sum + charge.credits, 0))
  const { metadata } = (await client.messages()).at(-1) ?? {}
  expect(metadata?.usage?.outputTokens).toBeGreaterThan(0)
  expect(metadata).toMatchObject({ tookMs: expect.any(Number), firstWordMs: expect.any(Number) })
  const told = second.events.at(-1)?.chunk
  expect(told?.type === "finish" && told.messageMetadata, "readers are told what is stored").toMatchObject({
    usage: metadata?.usage,
    tookMs: metadata?.tookMs,
  })
})

test("usage is its owner's alone, and without a limit nothing is counted down", async () => {
  const { guest } = await freshService({ model: scripted("one"), environment: { FREE_CREDITS: "0" } })
  const client = await guest()
  await (await client.post("hello")).readAll()
  expect(await usageOf(client)).toMatchObject({ credits: null, charges: [{ model: "test" }] })
  expect(await usageOf(await guest())).toMatchObject({ charges: [] })
  expect((await stranger().request("/api/usage")).status).toBe(401)
})

test.each([
  "abc_'; drop",
  "1_00000000-0000-0000-0000-000000000000",
  "+275760-09-13T00:00:00.000Z_00000000-0000-0000-0000-000000000000",
  "-000001-01-01T00:00:00.000Z_00000000-0000-0000-0000-000000000000",
  "0000-01-01T00:00:00.000Z_00000000-0000-0000-0000-000000000000",
  "2026-02-31T00:00:00.000Z_00000000-0000-0000-0000-000000000000",
  "2026-01-01T00:00:00.000Z_x",
  "2026-01-01T00:00:00.000Z_00000000-0000-0000-0000-000000000000_",
  "",
])("B9 %j is refused as a cursor of chats or charges", async (cursor) => {
  const client = await (await freshService({ model: scripted("one") })).guest()
  for (const address of ["/api/usage?", "/api/chats?", "/api/chats?search=a&"]) {
    const query = new URLSearchParams({ cursor })
    await expectRefusal(await client.request(`${address}${query}`), 400, "invalid_cursor")
    await expectRefusal(await client.request(`${address}${query}&${query}`), 400, "duplicate_parameter")
  }
})

test("the usage page shows its first page if the cursor in its address is invalid", async () => {
  const { guest, services } = await freshService({ model: scripted("one") })
  const client = await guest()
  await (await client.post("hello")).readAll()
  const [asker] = await services.database.db.select({ id: user.id }).from(user)
  const usage = await readUsageForPage(services, asker?.id ?? "", "1_00000000-0000-0000-0000-000000000000")
  expect(usage.answers).toHaveLength(1)
})

test("F1 an unfinished answer is charged once, by an estimate that is marked as one", async () => {
  const model = scripted("one two three four five six", { held: true })
  const { guest, services } = await freshService({
    model,
    environment: { SAVE_EVERY_CHARS: "20", FREE_CREDITS: "1000" },
  })
  const client = await guest()
  const answer = await client.post("count")
  await model.releaseUntil("five")
  await answer.readUntil("five")
  const streamId = answer.response.headers.get("x-stream-id") ?? ""
  await expect.poll(async () => (await client.messages()).at(-1)?.parts.length).toBeGreaterThan(0)
  // Acts as if its process had died: it renews no lease and writes nothing.
  services.chat.running.close()
  await services.database.db.update(chatStream).set({ leaseExpiresAt: new Date(0), epoch: 3 })
  services.chat.running.find = () => undefined
  await Promise.all([recover(services.chat, streamId), recover(services.chat, streamId)])

  const { credits, charges } = await usageOf(client)
  expect(charges).toMatchObject([{ streamId, estimated: true }])
  expect(credits).toBe(1000 - (charges[0]?.credits ?? 0))
  expect((await client.messages()).at(-1)?.metadata).toMatchObject({
    status: "INTERRUPTED",
    usage: { estimated: true },
  })
  model.release()
})

test("usage comes page by page, each charge once", async () => {
  const { guest, services } = await freshService({ model: scripted("one") })
  const client = await guest()
  for (let turn = 0; turn < 5; turn++) await (await client.post("hello")).readAll()
  const [asker] = await services.database.db.select({ id: user.id }).from(user)
  const userId = asker?.id ?? ""
  const first = await services.charges.listCharges(userId, 3)
  const second = await services.charges.listCharges(userId, 3, first.nextCursor)
  expect(new Set([...first.charges, ...second.charges].map((charge) => charge.streamId)).size).toBe(5)
  expect(second.nextCursor).toBeUndefined()
})
