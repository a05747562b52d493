import { setTimeout as sleep } from "node:timers/promises"
import { z } from "zod"
import { type AcpConnection, type AcpMessage, type AcpStream, connect } from "./acp-connection.ts"
import type { StartedGoose } from "./start-goose.ts"

/** A session of Goose's, and the connection in which a test talks to it. */
export interface AcpSession {
  id: string
  connection: AcpConnection
  /** what the session says; another one after `reopen` */
  readonly stream: AcpStream
  /** Asks something and does not wait for the answer. */
  ask(prompt: string | object[]): Promise<number>
  /** Resolves with the answer to a request. */
  answered(requestId: number): Promise<AcpMessage>
  /** Asks something and resolves with the updates of the run, once it is over and has been answered. */
  run(prompt: string | object[]): Promise<{ updates: Update[]; answer: AcpMessage }>
  request(method: string, params?: object): Promise<AcpMessage>
  cancel(): Promise<void>
  /** Resolves with the request for a permission to make this call. */
  permission(toolCallId: string): Promise<AcpMessage>
  decide(permission: AcpMessage, outcome: string | object): Promise<Response>
  /** Reads the session's stream again, after the reader before was dropped. */
  reopen(): Promise<AcpStream>
}

const updateSchema = z.looseObject({
  sessionUpdate: z.string(),
  toolCallId: z.string().optional(),
  status: z.string().optional(),
  title: z.string().optional(),
  messageId: z.string().optional(),
  content: z.unknown().optional(),
  rawInput: z.unknown().optional(),
  rawOutput: z.unknown().optional(),
  _meta: z.record(z.string(), z.unknown()).default({}),
})
export type Update = z.output<typeof updateSchema>

const notificationSchema = z.looseObject({ params: z.looseObject({ update: updateSchema }) })
const createdSchema = z.looseObject({ result: z.looseObject({ sessionId: z.string() }) })
const askedSchema = z.looseObject({ params: z.looseObject({ toolCall: z.looseObject({ toolCallId: z.string() }) }) })
const textSchema = z.looseObject({ text: z.string() })

/** @param existing joins a session that there is, without loading it */
export async function openSession(goose: StartedGoose, existing?: string): Promise<AcpSession> {
  const connection = await connect(goose)
  const id = existing ?? (await newSession(goose, connection))
  let stream = await connection.open(id)
  let decided = 0
  const answered = (requestId: number) => stream.next((message) => isAnswer(message, requestId))
  const promptOf = (prompt: string | object[]) =>
    typeof prompt === "string" ? [{ type: "text", text: prompt }] : prompt
  const ask = (prompt: string | object[]) =>
    connection.request("session/prompt", { sessionId: id, prompt: promptOf(prompt) })

  return {
    id,
    connection,
    get stream() {
      return stream
    },
    ask,
    answered,
    async run(prompt) {
      const from = stream.messages.length
      const answer = await answered(await ask(prompt))
      return { updates: updatesOf(stream.messages.slice(from)), answer }
    },
    async request(method, params = {}) {
      return await answered(await connection.request(method, { sessionId: id, ...params }))
    },
    async cancel() {
      await connection.send({ method: "session/cancel", params: { sessionId: id } })
    },
    async permission(toolCallId) {
      const from = decided
      const isAsked = (message: AcpMessage) =>
        askedSchema.safeParse(message).data?.params.toolCall.toolCallId === toolCallId
      // Ids of calls come again: one that has been decided already is not meant.
      return await stream.next((message) => stream.messages.indexOf(message) >= from && isAsked(message))
    },
    async decide(permission, outcome) {
      decided = Math.max(decided, stream.messages.indexOf(permission) + 1)
      const chosen = typeof outcome === "string" ? { outcome: "selected", optionId: outcome } : outcome
      return await connection.send({ id: permission.id, result: { outcome: chosen } })
    },
    async reopen() {
      decided = 0
      // The server may not have heard yet that the reader before has gone.
      for (;;) {
        const opened = await connection.open(id)
        if (opened.status === 200) {
          stream = opened
          return opened
        }
        await sleep(10)
      }
    },
  }
}

async function newSession(goose: StartedGoose, connection: AcpConnection): Promise<string> {
  const requestId = await connection.request("session/new", { cwd: goose.workDir, mcpServers: [] })
  const created = await connection.stream.next((message) => isAnswer(message, requestId))
  return createdSchema.parse(created).result.sessionId
}

/** Loads a session on a connection of its own, as who wants to see what is stored does. */
export async function loadedUpdates(goose: StartedGoose, sessionId: string): Promise<Update[]> {
  const session = await openSession(goose, sessionId)
  await session.request("session/load", { cwd: goose.workDir, mcpServers: [] })
  const end = session.stream.messages.findIndex(({ method }) => method === undefined)
  await session.connection.delete()
  return updatesOf(session.stream.messages.slice(0, end))
}

export function isAnswer(message: AcpMessage, requestId: number): boolean {
  return message.id === requestId && message.method === undefined
}

export function updatesOf(messages: AcpMessage[]): Update[] {
  return messages.flatMap((message) => notificationSchema.safeParse(message).data?.params.update ?? [])
}

/** Text of a chunk; "" where an update is no chunk. */
export function textOf({ content }: Update): string {
  return textSchema.safeParse(content).data?.text ?? ""
}

/** What was said in these updates: `agent_message_chunk`, or another kind. */
export function said(updates: Update[], kind = "agent_message_chunk"): string {
  return updates.flatMap((update) => (update.sessionUpdate === kind ? textOf(update) : [])).join("")
}

/** The kinds of updates in their order, a kind once where it comes again and again. */
export function kindsOf(updates: Update[]): string[] {
  return updates.map(({ sessionUpdate }) => sessionUpdate).filter((kind, index, all) => kind !== all[index - 1])
}
