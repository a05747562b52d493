import { expect, test } from "vitest"
import { freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

test("I6 fifty turns begun at once on two connections are all answered, each stored and charged once", async () => {
  const environment = { DATABASE_POOL: "2" }
  const { guest, charges } = await freshService({ model: scripted("an answer"), environment })
  const tabs = await Promise.all(Array.from({ length: 5 }, guest))
  const turns = Array.from({ length: 50 }, async (_, index) => {
    const chat = { ...tabs[index % tabs.length], chatId: crypto.randomUUID() }
    const reading = await chat.post?.(`question ${index}`, { id: chat.chatId })
    return reading?.readAll()
  })
  expect(await Promise.all(turns)).toEqual(Array.from({ length: 50 }, () => "an answer"))
  expect(await charges()).toHaveLength(50)
})
