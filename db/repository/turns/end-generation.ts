import { and, eq, type SQL, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { isAwaited, NoAnswer, queryTimeoutMs } from "#db/deadline.ts"
import { chatStream } from "#db/schema.ts"
import type { ChatMessagePart, EventId, FinalStatus, MessageMetadata } from "#lib/chat-protocol.ts"
import { type AnswerCharge, charging } from "../charge-repository.ts"
import { type Growth, growthOf, knownParts } from "../growing-parts.ts"
import { type HistoryMessage, historyOf } from "../history.ts"

export interface EndedGeneration {
  streamId: string
  epoch: number
  status: FinalStatus
  parts: ChatMessagePart[]
  metadata: Omit<MessageMetadata, "status">
  sources: { url: string; title: string | undefined }[]
  /** id of the event that will end the stream; null if its readers get none */
  lastEventId: EventId | null
  charge: AnswerCharge
}

/**
 * Writes how a generation ended, with its sources and its charge, in one statement: so in one round trip and one
 * transaction. It locks the chat first, as the beginning of a turn and a deletion do, so that none waits for another.
 * After a wait, Postgres rechecks the locked rows: a stream that ended or was taken over meanwhile is left as it is.
 */
export async function endGeneration(db: Db, ended: EndedGeneration): Promise<boolean> {
  const { streamId, epoch, status, parts, metadata, sources, lastEventId, charge } = ended
  const [row] = rowsOf<{ isStored: boolean; isLate: boolean }>(
    await db.execute(sql`
      with locked_chat as (
        select id, "userId" from "Chat"
        where id = (select "chatId" from "ChatStream" where "streamId" = ${streamId}::uuid)
        for no key update
      ),
      locked as (
        select stream.id, locked_chat."userId" from "ChatStream" as stream join locked_chat on locked_chat.id = stream."chatId"
        where "streamId" = ${streamId}::uuid and epoch = ${epoch}::integer and "endedAt" is null
        for no key update of stream
      ),
      ended as (
        update "ChatStream" as stream set "endedAt" = now(), "lastEventId" = ${lastEventId}::text
        from locked where stream.id = locked.id and ${isAwaited}
        returning "chatId", "messageId", "userId"
      ),
      written as (
        update "Message"
        set status = ${status}, parts = ${JSON.stringify(parts)}::jsonb, metadata = ${JSON.stringify(metadata)}::jsonb, "updatedAt" = now()
        from ended where "Message".id = ended."messageId"
        returning ended."chatId", ended."messageId", ended."userId"
      ),
      folded as (
        delete from "MessagePiece" as piece using written where piece."streamId" = ${streamId}::uuid
      )
      ${storingSources(sources)}
      ${charging(sql`written`, streamId, charge)}
      select exists (select from written) as "isStored",
        exists (select from locked) and not exists (select from ended) as "isLate"`),
  )
  if (row?.isStored) return true
  // The statement was given up while it waited, and has changed nothing.
  if (row?.isLate) throw new NoAnswer(queryTimeoutMs)
  return hasEndedAlike(db, ended)
}

/** Stores what `written` cites. Most answers cite nothing. */
function storingSources(sources: EndedGeneration["sources"]): SQL {
  if (sources.length === 0) return sql.empty()
  return sql`, cited as (
      insert into "Source" ("messageId", url, title, position)
      select written."messageId", entry->>'url', entry->>'title', place
      from written, jsonb_array_elements(${JSON.stringify(sources)}::jsonb) with ordinality as list(entry, place)
      on conflict do nothing
    )`
}

/** Returns true if an earlier try stored the same end and only its reply got lost. */
async function hasEndedAlike(db: Db, ended: EndedGeneration): Promise<boolean> {
  const rows = await db
    .select({ id: chatStream.id })
    .from(chatStream)
    .where(
      and(
        eq(chatStream.streamId, ended.streamId),
        eq(chatStream.epoch, ended.epoch),
        sql`${chatStream.lastEventId} is not distinct from ${ended.lastEventId}::text`,
      ),
    )
  return rows.length > 0
}

/** The generation that a dead producer left, for the process that takes it over. */
export interface ClaimedGeneration {
  streamId: string
  epoch: number
  /** whether the answer is continued, or ended with its text so far */
  disposition: "goes-on" | "stopped" | "interrupted"
  chatId: string
  userId: string
  agent: string
  /** the answer so far, as stored */
  message: { id: string; parts: ChatMessagePart[]; model: string | undefined }
  /** since the turn began */
  runningMs: number
  /** the question and everything before it */
  history: HistoryMessage[]
}

export interface Claim {
  streamId: string
  leaseMs: number
  /** the last epoch in which an answer is continued; a later claim ends it */
  maxEpoch: number
}

/**
 * Takes over the stream of a dead producer. If several processes try, the row admits one. A producer that was only
 * asleep can no longer write.
 */
export async function claimDead(db: Db, claim: Claim): Promise<ClaimedGeneration | undefined> {
  const [claimed] = rowsOf<ClaimedGeneration & { growth: Growth | null }>(
    await db.execute(sql`
      with locked as (
        select id from "ChatStream"
        where "streamId" = ${claim.streamId}::uuid and "endedAt" is null and "leaseExpiresAt" < now()
        for no key update
      ),
      claimed as (
        update "ChatStream" as stream
        set epoch = epoch + 1, "leaseExpiresAt" = now() + make_interval(secs => ${claim.leaseMs / 1000}::float8)
        from locked where stream.id = locked.id and ${isAwaited}
        returning "streamId", epoch, "chatId", "messageId", "stopRequestedAt", "createdAt"
      )
      select claimed."streamId", claimed.epoch, claimed."chatId", "Chat"."userId", "Chat".agent,
        case when claimed."stopRequestedAt" is not null then 'stopped'
          when claimed.epoch > ${claim.maxEpoch}::integer then 'interrupted'
          else 'goes-on' end as disposition,
        -- No longer than a whole number can say: a stream may have been dead for weeks.
        least(extract(epoch from now() - claimed."createdAt") * 1000, 2147483647)::integer as "runningMs",
        jsonb_build_object('id', answer.id, 'parts', answer.parts, 'model', answer.metadata->>'model') as message,
        ${growthOf(sql`answer`)} as growth,
        ${historyOf(sql`claimed."chatId"`, sql`"replacedAt" is null and "Message".seq < answer.seq`)} as history
      from claimed
      join "Chat" on "Chat".id = claimed."chatId"
      join "Message" as answer on answer.id = claimed."messageId"`),
  )
  if (!claimed) return undefined
  const { growth, ...generation } = claimed
  const { message } = generation
  return { ...generation, message: { ...message, parts: await knownParts({ ...message, growth }) } }
}
