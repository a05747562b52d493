/** Reads messages that have not ended: their parts are what was appended so far, folded here and nowhere else. */
import { type SQL, sql } from "drizzle-orm"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { foldPieces, type StoredChunk } from "#lib/chunks/pieces.ts"

/** What was appended to a message that has not ended; null for any other. */
export interface Growth {
  pieces: StoredChunk[][]
  /** true if another process has taken the answer over and appended nothing yet */
  isOfEarlierEpoch: boolean
}

/** Selects a message's growth, in the statement that reads its row. @param row alias of a "Message" */
export function growthOf(row: SQL): SQL {
  return sql`case when ${row}.status in ('SENDING', 'STREAMING') then (
    select jsonb_build_object('pieces', jsonb_agg(chunks order by number), 'isOfEarlierEpoch', newest.epoch < newest."streamEpoch")
    from ${newestPieces(row)}
    group by newest.epoch, newest."streamEpoch"
  ) end`
}

/** Counts the characters that were appended as text and reasoning, in the database; null if nothing was. */
export function appendedChars(row: SQL): SQL<number | null> {
  return sql`(
    select coalesce(sum(length(case when jsonb_typeof(chunk) = 'string' then chunk #>> '{}'
      when chunk->>'type' in ('text-delta', 'reasoning-delta') then chunk->>'delta' end)), 0)::integer
    from ${newestPieces(row)}, jsonb_array_elements(chunks) as chunk
    having count(*) > 0
  )`
}

/** A process that takes an answer over appends all of it anew, under its own epoch. */
function newestPieces(row: SQL): SQL {
  return sql`(
      select "ChatStream"."streamId", "ChatStream".epoch as "streamEpoch", max(piece.epoch) as epoch
      from "ChatStream" join "MessagePiece" as piece on piece."streamId" = "ChatStream"."streamId"
      where "ChatStream"."chatId" = ${row}."chatId" and "messageId" = ${row}.id and "endedAt" is null
      group by "ChatStream"."streamId", "ChatStream".epoch
    ) as newest
    join "MessagePiece" as piece on piece."streamId" = newest."streamId" and piece.epoch = newest.epoch`
}

/** Returns a message's parts as they are known: its row's, or what was appended since. */
export async function knownParts(row: {
  id: string
  parts: ChatMessagePart[]
  growth: Growth | null
}): Promise<ChatMessagePart[]> {
  const { id, parts, growth } = row
  if (!growth) return parts
  const folded = await foldPieces(id, growth.pieces)
  // An earlier version, which rewrites the row, may have taken the answer over.
  const isRowNewer = growth.isOfEarlierEpoch && JSON.stringify(parts).length > JSON.stringify(folded).length
  return isRowNewer ? parts : folded
}
