import { and, eq, isNull, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { isAwaited } from "#db/deadline.ts"
import { chat, chatStream, message, source } from "#db/schema.ts"
import type { ChatMessagePart, EventId, FinalStatus, MessageMetadata } from "#lib/chat-protocol.ts"
import { type AnswerCharge, takeCharge } from "../charge-repository.ts"
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

/** Writes how a generation ended, with its sources and its charge, in one transaction. */
export async function endGeneration(db: Db, ended: EndedGeneration): Promise<boolean> {
  return db.transaction(async (transaction) => {
    await lockChatOf(transaction, ended.streamId)
    const [row] = await transaction
      .update(chatStream)
      .set({ endedAt: sql`now()`, lastEventId: ended.lastEventId })
      .where(
        and(eq(chatStream.streamId, ended.streamId), eq(chatStream.epoch, ended.epoch), isNull(chatStream.endedAt)),
      )
      .returning({ messageId: chatStream.messageId, chatId: chatStream.chatId })
    if (!row) return hasEndedAlike(transaction, ended)

    await transaction
      .update(message)
      .set({ status: ended.status, parts: ended.parts, metadata: ended.metadata, updatedAt: sql`now()` })
      .where(eq(message.id, row.messageId))
    if (ended.sources.length > 0)
      await transaction
        .insert(source)
        .values(ended.sources.map((cited, index) => ({ ...cited, messageId: row.messageId, position: index + 1 })))
        .onConflictDoNothing()
    await takeCharge(transaction, { ...ended, ...row })
    return true
  })
}

/** Locks the chat first, as the beginning of a turn and a deletion do, so that none waits for another. */
async function lockChatOf(transaction: Db, streamId: string): Promise<void> {
  const itsStream = eq(chatStream.streamId, streamId)
  const itsChat = transaction.select({ id: chatStream.chatId }).from(chatStream).where(itsStream)
  await transaction.select({ id: chat.id }).from(chat).where(eq(chat.id, itsChat)).for("no key update")
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
  const [claimed] = rowsOf<ClaimedGeneration>(
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
        ${historyOf(sql`claimed."chatId"`, sql`"replacedAt" is null and "Message".seq < answer.seq`)} as history
      from claimed
      join "Chat" on "Chat".id = claimed."chatId"
      join "Message" as answer on answer.id = claimed."messageId"`),
  )
  return claimed
}
