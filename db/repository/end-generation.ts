import { and, eq, isNull, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/client.ts"
import { isAwaited } from "#db/deadline.ts"
import { chat, chatStream, message, source } from "#db/schema.ts"
import type { ChatMessagePart, EventId, FinalStatus, MessageMetadata } from "#lib/chat-protocol.ts"
import { type AnswerCharge, estimatedCharge, takeCharge } from "./charge-repository.ts"
import { type HistoryMessage, historyOf } from "./history.ts"
import type { TurnRow } from "./running-turns.ts"

export interface EndedGeneration {
  streamId: string
  epoch: number
  status: FinalStatus
  parts: ChatMessagePart[]
  metadata: Omit<MessageMetadata, "status">
  sources: { url: string; title: string | undefined }[]
  /** id of the event that will end the stream */
  lastEventId: EventId
  charge: AnswerCharge
}

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

/** Before anything else, as whoever begins a turn or deletes the chat does: else the two could wait for each other. */
async function lockChatOf(transaction: Db, streamId: string): Promise<void> {
  const itsStream = eq(chatStream.streamId, streamId)
  const itsChat = transaction.select({ id: chatStream.chatId }).from(chatStream).where(itsStream)
  await transaction.select({ id: chat.id }).from(chat).where(eq(chat.id, itsChat)).for("no key update")
}

/** The first try was durable although its answer got lost: the same end is no news. */
async function hasEndedAlike(db: Db, ended: EndedGeneration): Promise<boolean> {
  const rows = await db
    .select({ id: chatStream.id })
    .from(chatStream)
    .where(
      and(
        eq(chatStream.streamId, ended.streamId),
        eq(chatStream.epoch, ended.epoch),
        eq(chatStream.lastEventId, ended.lastEventId),
      ),
    )
  return rows.length > 0
}

/** What a dead producer left behind, for the process that goes on with it. */
export interface ClaimedGeneration {
  streamId: string
  epoch: number
  chatId: string
  userId: string
  agent: string
  /** the answer so far, as stored */
  message: { id: string; parts: ChatMessagePart[]; model: string | undefined }
  /** what the answer answers, and all before it */
  history: HistoryMessage[]
}

/** One process takes what nobody produces any more; of several that try, the row lets one. */
export async function claimDead(
  db: Db,
  claim: { streamId: string; leaseMs: number; maxEpoch: number },
): Promise<ClaimedGeneration | undefined> {
  const [claimed] = rowsOf<ClaimedGeneration>(
    await db.execute(sql`
      with locked as (
        select id from "ChatStream"
        where "streamId" = ${claim.streamId}::uuid and "endedAt" is null and "leaseExpiresAt" < now()
          and "stopRequestedAt" is null and epoch < ${claim.maxEpoch}
        for no key update
      ),
      claimed as (
        update "ChatStream" as stream
        set epoch = epoch + 1, "leaseExpiresAt" = now() + make_interval(secs => ${claim.leaseMs / 1000}::float8)
        from locked where stream.id = locked.id and ${isAwaited}
        returning "streamId", epoch, "chatId", "messageId"
      )
      select claimed."streamId", claimed.epoch, claimed."chatId", "Chat"."userId", "Chat".agent,
        jsonb_build_object('id', answer.id, 'parts', answer.parts, 'model', answer.metadata->>'model') as message,
        ${historyOf(sql`claimed."chatId"`, sql`"replacedAt" is null and "Message".seq < answer.seq`)} as history
      from claimed
      join "Chat" on "Chat".id = claimed."chatId"
      join "Message" as answer on answer.id = claimed."messageId"`),
  )
  return claimed
}

/**
 * Raises the epoch with it: a producer that was only asleep can write nothing any more. What the dead one used nobody
 * knows: its charge is estimated from what is stored.
 */
export async function interruptDead(db: Db, streamId?: string): Promise<TurnRow[]> {
  const isDead = sql`"endedAt" is null and "leaseExpiresAt" < now()
    and (${streamId ?? null}::uuid is null or "streamId" = ${streamId ?? null}::uuid)`
  return db.transaction(async (transaction) => {
    await transaction.execute(sql`
      select from "Chat" where id in (select "chatId" from "ChatStream" where ${isDead}) order by id for no key update`)
    const dead = rowsOf<TurnRow>(
      await transaction.execute(sql`
        with dead as (
          update "ChatStream" set "endedAt" = now(), epoch = epoch + 1 where ${isDead}
          returning "streamId", "chatId", "messageId", case when "stopRequestedAt" is null then 'INTERRUPTED' else 'STOPPED' end as status
        )
        update "Message" set status = dead.status, "updatedAt" = now()
        from dead join "Chat" on "Chat".id = dead."chatId"
        where "Message".id = dead."messageId"
        returning "Chat"."userId", dead."chatId", dead."streamId", dead."messageId", false as "isRunning", dead.status`),
    )
    for (const turn of dead) {
      const charge = await estimatedCharge(transaction, turn.messageId)
      await takeCharge(transaction, { ...turn, charge })
      await transaction
        .update(message)
        .set({ metadata: sql`${message.metadata} || ${JSON.stringify({ usage: charge.usage })}::jsonb` })
        .where(eq(message.id, turn.messageId))
    }
    return dead
  })
}
