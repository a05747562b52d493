/**
 * An agent whose runs outlive our servers. Kills wait for the same lease to run out, so chats at different stages share
 * one. `GOOSE_KIND=real` runs it against Goose itself.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import type { UIMessageChunk } from "ai"
import { eq } from "drizzle-orm"
import { afterAll, beforeAll, describe, expect } from "vitest"
import { charge, chatStream, message } from "#db/schema.ts"
import { parseEventId } from "#lib/chat-protocol.ts"
import type { Tab } from "#tests/support/clients/tab.ts"
import type { Address, TestChat } from "#tests/support/clients/test-chat.ts"
import { startGooseOfRun } from "#tests/support/goose/goose-of-run.ts"
import { gooseEnvironment } from "#tests/support/goose/product.ts"
import type { ProviderCall } from "#tests/support/goose/provider.ts"
import { type Reply, shell } from "#tests/support/goose/provider-reply.ts"
import type { StartedGoose } from "#tests/support/goose/start-goose.ts"
import { type Fleet, startFleet, wordsUpTo } from "#tests/support/servers/fleet.ts"
import { patiently } from "#tests/support/within.ts"
import { promisedBy } from "./row.ts"

const inLog = promisedBy("log")

describe("Goose", () => {
  let fleet: Fleet
  let goose: StartedGoose
  beforeAll(async () => {
    goose = await startGooseOfRun()
    goose.provider.replyBy(replyTo)
    fleet = await startFleet({ environment: gooseEnvironment(goose) })
  })
  afterAll(async () => {
    await fleet?.stop()
    await goose?.stop()
  })

  describe("whose server is killed in three chats at once", () => {
    let text: TestChat
    let command: TestChat
    let waiting: TestChat
    let textTabs: Tab[]
    let commandTab: Tab
    let waitingCall: string

    beforeAll(async () => {
      const at = { url: fleet.server(0).url }
      ;[text, command, waiting] = await Promise.all([fleet.chat("goose"), fleet.chat("goose"), fleet.chat("goose")])
      waitingCall = await approvalOf(await waiting.ask(at, "run the short command"))
      const approvalId = await approvalOf(await command.ask(at, "run the long command"))
      commandTab = await command.allow(at, approvalId)
      await commandTab.chunk(isLiveOutput)
      goose.provider.hold()
      textTabs = [await text.ask(at, "say 200 words"), await text.followLive(fleet.server(1))]
      goose.provider.release(60)
      await Promise.all(textTabs.map((tab) => tab.until("word60")))
      await fleet.server(0).stop("SIGKILL")
      at.url = fleet.server(1).url
      goose.provider.release()
    })

    inLog(
      "F1 mid-text: readers see every word once, the provider is asked once, and the answer charged once",
      async () => {
        textTabs.push(await text.follow(fleet.server(1)))
        await text.check()
        expect(textTabs.map((tab) => tab.text)).toEqual(textTabs.map(() => wordsUpTo(200)))
        expect(textTabs[0]).toMatchObject({ reattached: expect.any(Number), resets: 0 })
        expect(textTabs[0]?.reattached).toBeGreaterThan(0)
        expect(await answersOf(fleet, text)).toEqual([{ status: "COMPLETE", epoch: 2, charges: 1 }])
        expect(callsFor("say 200 words")).toBe(1)
      },
    )

    inLog("F1 mid-command: its output goes on, it runs once, and its result is shown", async () => {
      await commandTab.chunk((chunk, id): chunk is Output => isLiveOutput(chunk) && parseEventId(id ?? "")?.epoch === 2)
      writeFileSync(path.join(folderOf(command), "go"), "")
      expect(await commandTab.ended).toBe("whole")
      const { output } = await commandTab.chunk(isResult)
      expect(output).toMatchObject({ stdout: expect.stringContaining("done") })
      expect(commandTab.text).toBe("I run it. It ran.")
      expect(readFileSync(path.join(folderOf(command), "ran"), "utf8")).toBe("once\n")
      expect(callsFor("run the long command")).toBe(2)
      expect((await answersOf(fleet, command)).at(-1)).toMatchObject({ status: "COMPLETE", epoch: 2 })
    })

    inLog("F1 while a permission is open: the other server takes the decision, and the command runs once", async () => {
      expect(existsSync(path.join(folderOf(waiting), "ran"))).toBe(false)
      const tab = await waiting.allow(fleet.server(1), waitingCall)
      expect(await tab.ended).toBe("whole")
      expect(tab.text).toBe("I run it. It ran.")
      expect(readFileSync(path.join(folderOf(waiting), "ran"), "utf8")).toBe("once\n")
      expect(callsFor("run the short command")).toBe(2)
    })
  })

  inLog("F50 Goose killed, alone or with the server: the text so far stays, and Continue completes it", async () => {
    await fleet.server(0).restart()
    const [first, second] = [fleet.server(0), fleet.server(1)]
    const at = { url: first.url }
    const [together, alone] = await Promise.all([fleet.chat("goose"), fleet.chat("goose")])
    goose.provider.hold()
    const askedBefore = goose.provider.calls.length
    const tabs = [await together.ask(at, "say 40 words"), await alone.ask(second, "say 40 words")]
    // They share what is released, once both wait for it.
    await goose.provider.called(askedBefore + 2)
    // What a reader elsewhere has seen is in the log, and outlives the server.
    const elsewhere = await together.followLive(second)
    goose.provider.release(40)
    await Promise.all([...tabs, elsewhere].map((tab) => tab.until("word10")))
    await Promise.all([goose.kill(), first.stop("SIGKILL")])
    at.url = second.url
    goose.provider.release()
    await Promise.all([together.check(), alone.check()])
    for (const [index, chat] of [together, alone].entries()) {
      expect(await answersOf(fleet, chat)).toMatchObject([{ status: "ERROR", epoch: index === 0 ? 2 : 1 }])
      expect(await errorOf(chat, second)).toBe("agent_disconnected")
      expect(tabs[index]?.text).toContain("word10")
    }

    await goose.restart()
    for (const chat of [together, alone]) {
      const next = await chat.continueLast(second)
      expect(await next.ended).toBe("whole")
      expect(next.text).toBe(wordsUpTo(40))
    }
  })

  function callsFor(question: string): number {
    return goose.provider.calls.filter((call) => call.question.includes(question)).length
  }

  /** The chat's own folder, on the machine of Goose. */
  function folderOf({ chatId }: TestChat): string {
    const [name] = globSync(`*${chatId}*`, { cwd: goose.workDir })
    return path.join(goose.workDir, name ?? "none")
  }
})

/** Leaves a line in the chat's folder, and prints until the test lets it end, or a minute has passed. */
const long =
  "echo once >> ran; n=0; while [ ! -f go ] && [ $n -lt 600 ]; do n=$((n+1)); echo $n; sleep 0.1; done; echo done"

function replyTo({ body, question }: ProviderCall): Reply {
  if (body.messages.at(-1)?.role === "tool") return { text: "It ran." }
  if (question.includes("long command")) return { text: "I run it. ", calls: [shell(long)] }
  if (question.includes("short command")) return { text: "I run it. ", calls: [shell("echo once >> ran")] }
  if (question.includes("say 200 words")) return { text: wordsUpTo(200) }
  // A new session is given what was said before.
  const saidBefore = [...JSON.stringify(body.messages).matchAll(/word(\d+)/g)].map(([, count]) => Number(count))
  return { text: wordsUpTo(40).slice(wordsUpTo(Math.max(0, ...saidBefore)).length) }
}

type Output = Extract<UIMessageChunk, { type: "tool-output-available" }>

function isOutput(chunk: UIMessageChunk): chunk is Output {
  return chunk.type === "tool-output-available"
}

function isLiveOutput(chunk: UIMessageChunk): chunk is Output {
  return isOutput(chunk) && chunk.preliminary === true
}

function isResult(chunk: UIMessageChunk): chunk is Output {
  return isOutput(chunk) && chunk.preliminary !== true
}

/** What an answer that has ended waits for. */
async function approvalOf(tab: Tab): Promise<string> {
  expect(await tab.ended).toBe("whole")
  const request = await tab.chunk((chunk) => chunk.type === "tool-approval-request")
  return request.approvalId
}

async function errorOf(chat: TestChat, server: Address): Promise<string | undefined> {
  const response = await chat.request(server, `/api/chat/${chat.chatId}/messages`)
  const { messages } = (await response.json()) as { messages: { metadata?: { error?: { code: string } } }[] }
  return messages.at(-1)?.metadata?.error?.code
}

function answersOf({ database: { db } }: Fleet, { chatId }: TestChat) {
  return patiently(() =>
    db
      .select({
        status: message.status,
        epoch: chatStream.epoch,
        charges: db.$count(charge, eq(charge.streamId, chatStream.streamId)),
      })
      .from(chatStream)
      .innerJoin(message, eq(message.id, chatStream.messageId))
      .where(eq(chatStream.chatId, chatId))
      .orderBy(chatStream.createdAt),
  )
}
