import { randomUUID } from "node:crypto"
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { freshService } from "#tests/support/clients/service.ts"
import { continueAnswer, refusalOf, stoppedAfter } from "#tests/support/clients/stopped-answer.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

test("only an unfinished answer of this chat can be continued; a refusal changes nothing", async () => {
  const model = scripted("one two three four", { held: true })
  const { guest, charges } = await freshService({ model })
  const client = await guest()
  const other = await guest()
  const answer = await client.post("count")
  await answer.readUntilChunk("start")
  const [question, running] = await client.messages()
  expect(await refusalOf(continueAnswer(client, running?.id))).toEqual([409, "generation_running"])
  expect(await refusalOf(continueAnswer(client))).toEqual([409, "generation_running"])
  model.release()
  await answer.readAll()
  expect(await refusalOf(continueAnswer(client, running?.id))).toEqual([409, "nothing_to_continue"])
  expect(await refusalOf(continueAnswer(client))).toEqual([409, "nothing_to_continue"])
  expect(await refusalOf(continueAnswer(client, question?.id))).toEqual([409, "nothing_to_continue"])
  expect(await refusalOf(continueAnswer(client, randomUUID()))).toEqual([404, "message_not_found"])
  expect(await refusalOf(continueAnswer(other, running?.id))).toEqual([404, "chat_not_found"])
  other.chatId = client.chatId
  expect(await refusalOf(continueAnswer(other, running?.id))).toEqual([404, "chat_not_found"])
  expect(await client.messages()).toHaveLength(2)
  expect(model.calls).toHaveLength(1)
  expect(await charges()).toHaveLength(1)
})

test("B41 an answer of another chat is not found, whatever its state", async () => {
  const { client, partial } = await stoppedAfter("one two")
  const stopped = client.chatId
  client.chatId = randomUUID()
  await (await client.post("another chat")).leave()
  await client.stop()
  expect(await refusalOf(continueAnswer(client, partial.id))).toEqual([404, "message_not_found"])
  client.chatId = stopped
  expect(await client.messages()).toHaveLength(2)
})

test("B42 without credits a continuation is refused, and the partial answer stays", async () => {
  const { client, partial, service } = await stoppedAfter("one two")
  await service.services.database.db.execute(sql`update "User" set credits = 0`)
  expect(await refusalOf(continueAnswer(client, partial.id))).toEqual([402, "quota_exceeded"])
  expect((await client.messages()).at(-1)).toEqual(partial)
})
