import { type SQL, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import type { Artifact, ChatMessagePart } from "#lib/chat-protocol.ts"

/** A stored message as the prompt needs it. */
export interface HistoryMessage {
  id: string
  role: "user" | "assistant"
  /** empty if there is a summary */
  parts: ChatMessagePart[]
  artifacts?: Artifact[]
  /** covers this message and all before it; only the first message of a history can have one */
  summary?: string
}

/**
 * Selects the history as JSON, oldest first. It begins with the newest summary on this branch, and the messages that
 * the summary covers are left out.
 * @param which condition on "Message" that selects the branch
 */
export function historyOf(chatId: SQL, which: SQL): SQL {
  return sql`(
    with compacted as (
      select "Message".seq, summary from "Compaction" join "Message" on "Message".id = "upToMessageId"
      where "Compaction"."chatId" = ${chatId} and "Message"."chatId" = ${chatId} and ${which}
      order by "Message".seq desc, "Compaction"."createdAt" desc limit 1
    )
    select coalesce(jsonb_agg(
      case when compacted.seq = "Message".seq
        then jsonb_build_object('id', id, 'role', role, 'parts', '[]'::jsonb, 'summary', summary)
        else jsonb_build_object('id', id, 'role', role, 'parts', parts)
          || jsonb_strip_nulls(jsonb_build_object('artifacts', ${artifactsOf(sql`"Message".id`)}))
      end order by "Message".seq), '[]')
    from "Message" left join compacted on true
    where "Message"."chatId" = ${chatId} and ${which} and "Message".seq >= coalesce(compacted.seq, 0)
  )`
}

/** Selects the ids of a history's unfinished messages, as JSON. */
export function unfinishedOf(chatId: SQL, which: SQL): SQL {
  return sql`(
    select coalesce(jsonb_agg(id), '[]') from "Message"
    where "Message"."chatId" = ${chatId} and ${which} and status in ('SENDING', 'STREAMING')
  )`
}

/**
 * Rereads the parts of answers that ended while a turn waited for them. The turn's statement sees the database as it
 * was before the wait, and the model must get their last words.
 */
export async function withEnds(db: Db, history: HistoryMessage[], unfinished: string[]): Promise<HistoryMessage[]> {
  if (unfinished.length === 0) return history
  const ended = rowsOf<Pick<HistoryMessage, "id" | "parts">>(
    await db.execute(sql`
      select id, parts from "Message"
      where id in (select jsonb_array_elements_text(${JSON.stringify(unfinished)}::jsonb))`),
  )
  const partsById = new Map(ended.map(({ id, parts }) => [id, parts]))
  return history.map((message) => ({ ...message, parts: partsById.get(message.id) ?? message.parts }))
}

/** Matches a "Message" that can be continued: it broke off, or it is complete and was cut for its length. */
export const canBeContinued = sql`(status in ('STOPPED', 'ERROR', 'INTERRUPTED')
  or (status = 'COMPLETE' and coalesce(metadata->>'cutBy', '') in ('length', 'tool-calls')))`

/** Selects a message's artifacts as JSON, in their order; null if it has none. */
export function artifactsOf(messageId: SQL): SQL {
  return sql`(
    select jsonb_agg(jsonb_build_object('type', type, 'content', content) order by position)
    from "Artifact" where "messageId" = ${messageId}
  )`
}

/** Reads the branch that is shown, as the next turn's prompt would begin. */
export async function findHistory(db: Db, chatId: string): Promise<HistoryMessage[]> {
  const [row] = rowsOf<{ history: HistoryMessage[] }>(
    await db.execute(sql`select ${historyOf(sql`${chatId}::uuid`, sql`"replacedAt" is null`)} as history`),
  )
  return row?.history ?? []
}

export interface NewCompaction {
  chatId: string
  upToMessageId: string
  summary: string
  tokensBefore: number
  tokensAfter: number
  model: string
}

/** Stores a summary. If two processes summarise the same messages, the first one counts. A deleted chat gets none. */
export async function addCompaction(db: Db, compaction: NewCompaction): Promise<void> {
  const { chatId, upToMessageId, summary, tokensBefore, tokensAfter, model } = compaction
  await db.execute(sql`
    insert into "Compaction" ("chatId", "upToMessageId", summary, "tokensBefore", "tokensAfter", model)
    select "Message"."chatId", "Message".id, ${summary}, ${tokensBefore}::integer, ${tokensAfter}::integer, ${model}
    from "Message" where id = ${upToMessageId} and "chatId" = ${chatId}::uuid
      and not exists (select from "Compaction" where "chatId" = ${chatId}::uuid and "upToMessageId" = ${upToMessageId})`)
}

/** Selects the id of the last answer that is shown. */
export function lastAnswer(chatId: string): SQL {
  return sql`(
    select id from "Message" where "chatId" = ${chatId}::uuid and role = 'assistant' and "replacedAt" is null
    order by seq desc limit 1
  )`
}
