/**
 * The beginning of a turn in the database: one statement, so one round trip and one transaction.
 * What may not happen twice is refused by unique indexes, not by looking first.
 */

import { type SQL, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/client.ts"
import type { ChatMessagePart, MessageMetadata } from "#lib/chat-protocol.ts"

export interface NewTurn {
  userId: string
  chatId: string
  streamId: string
  agent: string
  /** of the chat, where this turn creates it */
  title: string
  /** the new user message, or which answer to replace (undefined: the last one) */
  asks:
    | { kind: "submit"; message: { id: string; parts: ChatMessagePart[] } }
    | { kind: "regenerate"; messageId: string | undefined }
  /** the placeholder's final id, and what is known of the answer before it begins */
  answer: { id: string; metadata: Omit<MessageMetadata, "status"> }
  /** how long the producer may be silent before it counts as dead */
  leaseMs: number
  /** false: credits are not looked at */
  needsCredits: boolean
}

/** A stored message as the prompt needs it. */
export interface HistoryMessage {
  id: string
  role: "user" | "assistant"
  parts: ChatMessagePart[]
}

export type TurnOutcome =
  | { kind: "registered"; history: HistoryMessage[] }
  /** the same turn was asked for before: follow its stream */
  | { kind: "repeated"; streamId: string }
  /** another turn is being answered; `isDead`: by a producer that gives no sign of life any more */
  | { kind: "busy"; streamId: string; isDead: boolean }
  | { kind: "chat-not-found" | "message-not-found" | "message-id-conflict" | "no-credits" }

/** Writes the user's message, the placeholder of the answer and its stream; gives the history before them. */
export async function registerTurn(db: Db, turn: NewTurn): Promise<TurnOutcome> {
  try {
    const [row] = rowsOf<{ isRegistered: boolean; history: HistoryMessage[] }>(await db.execute(statementOf(turn)))
    if (row?.isRegistered) return { kind: "registered", history: row.history }
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
  }
  return explainRefusal(db, turn)
}

/** @returns true for SQLSTATE 23505, however deep the drivers wrap it */
export function isUniqueViolation(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ("code" in cause && cause.code === "23505") return true
  return false
}

function statementOf(turn: NewTurn): SQL {
  const { asks, answer } = turn
  const placeholder = {
    id: answer.id,
    parentId: asks.kind === "submit" ? asks.message.id : null,
    role: "assistant",
    parts: [],
    status: "SENDING",
    metadata: answer.metadata,
  }
  const question =
    asks.kind === "submit"
      ? [{ id: asks.message.id, role: "user", parts: asks.message.parts, status: "COMPLETE", metadata: {} }]
      : []
  return sql`
    with payer as (
      select id from "User" where id = ${turn.userId} and (not ${turn.needsCredits}::boolean or credits > 0)
    ),
    ${asks.kind === "submit" ? submitted(turn, asks.message.id) : regenerated(turn, asks.messageId)},
    new_messages as (
      insert into "Message" (id, "chatId", "parentId", role, parts, status, metadata)
      select entry->>'id', turn."chatId", coalesce(entry->>'parentId', turn."parentId"), entry->>'role', entry->'parts',
        entry->>'status', entry->'metadata'
      from turn, jsonb_array_elements(${JSON.stringify([...question, placeholder])}::jsonb) with ordinality as list(entry, place)
      order by place
    ),
    new_stream as (
      insert into "ChatStream" ("chatId", "streamId", "answersMessageId", "messageId", "leaseExpiresAt")
      select turn."chatId", ${turn.streamId}::uuid, turn."answersMessageId", ${answer.id},
        now() + make_interval(secs => ${turn.leaseMs / 1000}::float8)
      from turn
    )
    select exists (select from turn) as "isRegistered", (
      select coalesce(jsonb_agg(jsonb_build_object('id', id, 'role', role, 'parts', parts) order by seq), '[]')
      from "Message", turn
      where "Message"."chatId" = turn."chatId" and "replacedAt" is null and seq < turn."before"
    ) as history`
}

/** The chat comes into being with its first message; somebody else's gives no row. */
function submitted(turn: NewTurn, messageId: string): SQL {
  return sql`
    turn as (
      insert into "Chat" (id, "userId", agent, title)
      select ${turn.chatId}::uuid, payer.id, ${turn.agent}, ${turn.title} from payer
      on conflict (id) do update set "updatedAt" = now() where "Chat"."userId" = excluded."userId"
      returning id as "chatId", ${messageId}::text as "answersMessageId", 9223372036854775807 as "before",
        (select id from "Message" where "chatId" = "Chat".id and "replacedAt" is null order by seq desc limit 1) as "parentId"
    )`
}

/** The replaced answer stays stored, out of sight, with all that followed it. */
function regenerated(turn: NewTurn, messageId: string | undefined): SQL {
  const place =
    messageId === undefined
      ? sql`order by seq desc`
      : sql`and seq >= (
          select seq from "Message" where id = ${messageId} and "chatId" = ${turn.chatId}::uuid and "replacedAt" is null
        ) order by seq`
  return sql`
    turn_chat as (
      update "Chat" set "updatedAt" = now() from payer
      where "Chat".id = ${turn.chatId}::uuid and "Chat"."userId" = payer.id returning "Chat".id
    ),
    turn as (
      select "chatId", "Message".id as "answersMessageId", seq as "before", "parentId" from "Message", turn_chat
      where "chatId" = turn_chat.id and role = 'assistant' and "replacedAt" is null ${place} limit 1
    ),
    replaced as (
      update "Message" set "replacedAt" = now() from turn
      where "Message"."chatId" = turn."chatId" and seq >= turn."before" and "replacedAt" is null
    )`
}

/** Not on the way of a turn that begins: this may take its time to find out why it did not. */
async function explainRefusal(db: Db, turn: NewTurn): Promise<TurnOutcome> {
  const { asks, chatId, userId } = turn
  const askedId = asks.kind === "submit" ? asks.message.id : (asks.messageId ?? null)
  const parts = asks.kind === "submit" ? JSON.stringify(asks.message.parts) : null
  const [facts] = rowsOf<Facts>(
    await db.execute(sql`
      select
        (select "userId" from "Chat" where id = ${chatId}::uuid) as "ownerId",
        (select "chatId" = ${chatId}::uuid and (${parts}::jsonb is null or parts = ${parts}::jsonb)
          from "Message" where id = ${askedId}::text) as "isSameMessage",
        (select "streamId" from "ChatStream" where "answersMessageId" = ${askedId}::text) as "repeatedStreamId",
        running."streamId" as "runningStreamId", running."leaseExpiresAt" < now() as "isDead",
        (select credits from "User" where id = ${userId}) > 0 as "hasCredits"
      from (select) as one left join "ChatStream" as running
        on running."chatId" = ${chatId}::uuid and running."endedAt" is null`),
  )
  if (!facts || (facts.ownerId !== null && facts.ownerId !== userId)) return { kind: "chat-not-found" }
  if (facts.isSameMessage && facts.repeatedStreamId) return { kind: "repeated", streamId: facts.repeatedStreamId }
  if (asks.kind === "submit" && facts.isSameMessage !== null) return { kind: "message-id-conflict" }
  if (facts.runningStreamId) return { kind: "busy", streamId: facts.runningStreamId, isDead: facts.isDead ?? false }
  if (turn.needsCredits && !facts.hasCredits) return { kind: "no-credits" }
  return { kind: facts.ownerId === null ? "chat-not-found" : "message-not-found" }
}

interface Facts {
  ownerId: string | null
  /** null: no message has this id */
  isSameMessage: boolean | null
  repeatedStreamId: string | null
  runningStreamId: string | null
  isDead: boolean | null
  hasCredits: boolean | null
}
