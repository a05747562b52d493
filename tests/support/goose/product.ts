/** The product with Goose behind it: real route handlers, a real process of the agent, its provider prepared by the test. */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { isToolUIPart } from "ai"
import { expect, onTestFinished } from "vitest"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { type Reading, readingOf } from "../clients/reading.ts"
import type { Client } from "../clients/service.ts"
import { type Call, shell } from "./provider-reply.ts"
import type { StartedGoose } from "./start-goose.ts"

export function gooseEnvironment({ url, secret, workDir }: StartedGoose): Record<string, string> {
  return { GOOSE_ACP_URL: `${url}/acp`, GOOSE_SECRET: secret, GOOSE_WORK_DIR: workDir }
}

export async function ask(client: Client, text: string, body: object = {}): Promise<Reading> {
  const reading = await client.post(text, { agent: "goose", ...body })
  // An unread answer would be given up a minute later, in another test.
  onTestFinished(() => reading.leave().catch(() => undefined))
  return reading
}

export function askAgain(client: Client, trigger: "regenerate-message" | "continue-message"): Promise<Reading> {
  return ask(client, "", { message: undefined, trigger })
}

/** Decides on the call that waits at the end of the chat. */
export async function decide(client: Client, approved: boolean): Promise<Reading> {
  const approvalId = (await callOf(client))?.approval?.id
  const json = { approvalId, approved }
  return readingOf(await client.request(`/api/chat/${client.chatId}/approval`, { method: "POST", json }))
}

export async function answerOf(client: Client): Promise<ChatMessage | undefined> {
  return (await client.messages()).at(-1)
}

export async function statusOf(client: Client) {
  return (await answerOf(client))?.metadata?.status
}

export async function callOf(client: Client) {
  return (await answerOf(client))?.parts.filter((part) => isToolUIPart(part)).at(-1)
}

/** The texts of the answer, one after the other. */
export async function wordsOf(client: Client): Promise<string> {
  return ((await answerOf(client))?.parts ?? []).map((part) => (part.type === "text" ? part.text : "")).join("")
}

/** A command that says it has begun, waits for the test, and leaves a mark each time it has run. */
export function waitingCommand({ workDir }: StartedGoose, name: string) {
  const [go, ran] = ["go", "ran"].map((suffix) => path.join(workDir, `${name}.${suffix}`)) as [string, string]
  const call: Call = shell(`echo begun; while [ ! -f ${go} ]; do sleep 0.05; done; echo once >> ${ran}; echo done`)
  return {
    call,
    go: () => writeFileSync(go, ""),
    timesRun: () => (existsSync(ran) ? readFileSync(ran, "utf8").trim().split("\n").length : 0),
  }
}

export function until(client: Client, status: string): Promise<void> {
  return expect.poll(() => statusOf(client), { timeout: 30_000 }).toBe(status)
}
