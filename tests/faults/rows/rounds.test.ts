/**
 * Everything at once, repeatedly: each round is one message that three tabs post in parallel, perhaps a stop, a
 * reload, and a server that is killed while it answers. `ROUNDS=200` plays as many.
 */
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { inArray } from "drizzle-orm"
import { expect, test } from "vitest"
import { chatStream } from "#db/schema.ts"
import { askedUntilTaken, type TestChat } from "#tests/support/clients/test-chat.ts"
import { type RandomNumbers, seededNumbers } from "#tests/support/seeded-numbers.ts"
import { type Fleet, startFleet } from "#tests/support/servers/fleet.ts"
import { patiently } from "#tests/support/within.ts"

const rounds = Number(process.env.ROUNDS ?? 40)
/** Number of rounds that share a kill: a server takes seconds to restart. */
const roundsPerKill = 20

test(`F1 F34 F36 ${rounds} rounds of a message posted three times, a stop, a reload and a kill: one answer and one charge each`, async ({
  onTestFailed,
}) => {
  const random = seededNumbers()
  const environment = { RATE_LIMIT_PER_MINUTE: "0", LOG_LEVEL: "warn" }
  await using fleet = await startFleet({ paceMs: 5, environment })
  onTestFailed(() => console.info(fleet.server(0).output(), fleet.server(1).output()))
  for (let done = 0; done < rounds; done += roundsPerKill) {
    const [victim, survivor] = (done / roundsPerKill) % 2 === 0 ? [0, 1] : [1, 0]
    const addresses = [{ url: fleet.server(0).url }, { url: fleet.server(1).url }]
    const chats: TestChat[] = []
    for (let round = 0; round < roundsPerKill; round++) chats.push(await fleet.chat())
    const played = Promise.all(chats.map((chat) => playRound(chat, addresses, random)))
    await wait(100 + random.below(700))
    await fleet.server(victim).stop("SIGKILL")
    for (const address of addresses) address.url = fleet.server(survivor).url
    await played
    await Promise.all(chats.map((chat) => chat.check()))
    await expectOneGenerationEach(fleet, chats)
    if (done + roundsPerKill < rounds) await fleet.server(victim).restart()
  }
}, 600_000)

/** Its own moments are drawn before anything happens, so that a seed brings the same round back. */
async function playRound(chat: TestChat, addresses: { url: string }[], random: RandomNumbers): Promise<void> {
  const [beginMs, stopMs, reloadMs] = [random.below(500), random.below(600), random.below(400)]
  const isStopped = random.below(3) === 0
  const at = (index: number) => addresses[index] ?? { url: "" }
  const places = [0, 1, 2].map(() => at(random.below(2)))
  const question = `say ${20 + random.below(80)} words`
  const messageId = randomUUID()

  await wait(beginMs)
  const tabs = await Promise.all(places.map((place) => askedUntilTaken(() => chat.ask(place, question, messageId))))
  expect(new Set(tabs.map((tab) => tab.streamId)).size).toBe(1)
  const stopping = isStopped ? wait(stopMs).then(() => stopAnswered(chat, at(0))) : undefined
  await wait(reloadMs)
  await tabs[0]?.leave()
  await chat.follow(at(1))
  await stopping
}

/** Presses the button again if no server answered, as a person does. */
async function stopAnswered(chat: TestChat, address: { url: string }): Promise<void> {
  for (;;) {
    const response = await chat.stop(address).catch(() => undefined)
    if (response?.ok) return
    await wait(50)
  }
}

async function expectOneGenerationEach({ database }: Fleet, chats: TestChat[]): Promise<void> {
  const chatIds = chats.map(({ chatId }) => chatId)
  const streams = await patiently(async () => database.db.$count(chatStream, inArray(chatStream.chatId, chatIds)))
  expect(streams).toBe(chats.length)
}
