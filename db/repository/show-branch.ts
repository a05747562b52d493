/** Chooses which of a chat's branches is shown. All are kept: the messages of hidden ones have `replacedAt`. */
import { and, eq, isNull, sql } from "drizzle-orm"
import type { Db } from "#db/db.ts"
import { chat, chatStream, message } from "#db/schema.ts"
import { type Refusal, refused, refusedFor } from "./refusal.ts"

export type BranchOutcome = { kind: "shown" } | Refusal

/** Shows the branch a message is on, to its newest end. */
export async function showBranch(
  db: Db,
  { chatId, userId, messageId }: { chatId: string; userId: string; messageId: string },
): Promise<BranchOutcome> {
  return db.transaction(async (transaction): Promise<BranchOutcome> => {
    if (!(await lockChat(transaction, chatId, userId))) return refused("chat_not_found")
    const running = await findRunning(transaction, chatId)
    if (running) return refusedFor(running)
    const named = await transaction
      .select({ id: message.id })
      .from(message)
      .where(and(eq(message.id, messageId), eq(message.chatId, chatId)))
    if (named.length === 0) return refused("message_not_found")
    await transaction.execute(sql`
      with recursive before as (
        select id, "parentId" from "Message" where id = ${messageId}
        union all
        select "Message".id, "Message"."parentId" from "Message" join before on "Message".id = before."parentId"
      ),
      after as (
        select ${messageId}::text as id
        union all
        select newest.id from after, lateral (
          select id from "Message" where "parentId" = after.id order by seq desc limit 1
        ) as newest
      ),
      branch as (select id from before union select id from after),
      shown as (
        update "Message"
        set "replacedAt" = case when id in (select id from branch) then null else coalesce("replacedAt", now()) end
        where "chatId" = ${chatId}::uuid
      )
      -- An answer that is shown again can be regenerated again: what once took its place is a turn of its own now.
      update "ChatStream" set "answersMessageId" = "answersMessageId" || '#' || "streamId"
      from "Message" where "Message".id = "ChatStream"."answersMessageId" and role = 'assistant'
        and "ChatStream"."chatId" = ${chatId}::uuid and "Message".id in (select id from branch)`)
    return { kind: "shown" }
  })
}

/**
 * Locks a chat as the beginning of a turn does, so that what the transaction reads afterwards does not change.
 * @returns false if this user has no such chat
 */
export async function lockChat(transaction: Db, chatId: string, userId: string): Promise<boolean> {
  const locked = await transaction
    .select({ id: chat.id })
    .from(chat)
    .where(and(eq(chat.id, chatId), eq(chat.userId, userId)))
    .for("update")
  return locked.length > 0
}

/** Finds the stream that is being written in a chat. */
export async function findRunning(
  transaction: Db,
  chatId: string,
): Promise<{ streamId: string; isDead: boolean } | undefined> {
  const [running] = await transaction
    .select({ streamId: chatStream.streamId, isDead: sql<boolean>`${chatStream.leaseExpiresAt} < now()` })
    .from(chatStream)
    .where(and(eq(chatStream.chatId, chatId), isNull(chatStream.endedAt)))
  return running
}
