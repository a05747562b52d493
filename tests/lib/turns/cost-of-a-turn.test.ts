import { randomUUID } from "node:crypto"
import { Redis } from "ioredis"
import { expect, onTestFinished, test } from "vitest"
import { freshService } from "#tests/support/clients/service.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"
import { startRedis } from "#tests/support/relays/redis.ts"
import { patiently } from "#tests/support/within.ts"

test("a turn costs six Redis commands, and two for its log if it ends before the log's first batch", async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const { guest } = await freshService({ model: scripted("one"), environment: { REDIS_URL: redis.url } })
  const client = await guest()
  const commands = await commandsAt(redis.url)

  /** The log's expiry counts from the end: nothing is written after it. */
  async function turn(chatId: string): Promise<string[]> {
    commands.length = 0
    await (await Object.assign(client, { chatId }).post("What comes first?")).readAll()
    await patiently(async () => expect(commands.some((command) => /^pexpire .*:log 600000$/.test(command))).toBe(true))
    return commands
  }

  // The process subscribes to its channel once, not for each turn; on a busy machine more than one try may be needed.
  await turn(client.chatId)
  await patiently(async () => expect(commands.some((command) => command.startsWith("subscribe "))).toBe(true))
  await patiently(async () => {
    const later = await turn(client.chatId)
    expect(later.filter((command) => /^(un)?subscribe /.test(command))).toEqual([])
  })

  for (const chatId of [client.chatId, randomUUID()]) {
    const { log = [], other = [] } = Object.groupBy(await turn(chatId), (command) =>
      command.includes(":log") ? "log" : "other",
    )
    expect(other.map((command) => command.split(" ")[0])).toEqual([
      "publish",
      "set",
      "lpush",
      "ltrim",
      "pexpire",
      "publish",
    ])
    const batches = log.filter((command) => command.startsWith("xadd")).length
    expect(log, "only a log that began before the end has two expiries").toHaveLength(batches + (batches > 1 ? 2 : 1))
  }
})

/** Lists each command that Redis is sent, without the probes that come every few seconds. */
async function commandsAt(url: string): Promise<string[]> {
  const client = new Redis(url)
  const monitor = await client.monitor()
  onTestFinished(() => {
    monitor.disconnect()
    client.disconnect()
  })
  const commands: string[] = []
  monitor.on("monitor", (_time, words: string[]) => {
    if (!words.includes("rejoin:probe")) commands.push(words.join(" "))
  })
  return commands
}
