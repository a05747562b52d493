import { and, eq, isNull, sql } from "drizzle-orm"
import type { Db } from "#db/db.ts"
import { chat, chatStream } from "#db/schema.ts"
import { estimatedCharge, takeCharge } from "./charge-repository.ts"
import { type Refusal, refused } from "./refusal.ts"
import { lockChat } from "./show-branch.ts"

export type DeleteOutcome =
  /** `running`: the answer that was being written in the chat */
  { kind: "deleted"; running: { streamId: string; messageId: string } | undefined } | Refusal

/**
 * Deletes a chat and everything in it except its charges. An answer that is being written ends with it; its cost is
 * estimated and charged here, since its producer will find no row to end.
 * @param askedMsAgo how long the user could undo it: a turn that began since then keeps the chat
 * @returns refused as "chat_not_found", or as "chat_gone_on" if a turn has begun
 */
export async function deleteChat(db: Db, chatId: string, userId: string, askedMsAgo = 0): Promise<DeleteOutcome> {
  return db.transaction(async (transaction): Promise<DeleteOutcome> => {
    if (!(await lockChat(transaction, chatId, userId))) return refused("chat_not_found")
    if (askedMsAgo > 0 && (await hasGoneOn(transaction, chatId, askedMsAgo))) return refused("chat_gone_on")
    // Locks in the same order as the end of a generation, so that neither waits for the other.
    const [found] = await transaction
      .select({
        streamId: chatStream.streamId,
        messageId: chatStream.messageId,
        isAlive: sql<boolean>`${chatStream.leaseExpiresAt} >= now()`,
      })
      .from(chatStream)
      .where(and(eq(chatStream.chatId, chatId), isNull(chatStream.endedAt)))
      .for("update")
    if (found) {
      // The stored text lags behind, and deleting a chat during the first words must not make them free.
      const charge = await estimatedCharge(transaction, found.messageId, found.isAlive)
      await takeCharge(transaction, { ...found, chatId, charge })
    }
    await deleteRows(transaction, chatId, userId)
    return { kind: "deleted", running: found && { streamId: found.streamId, messageId: found.messageId } }
  })
}

/** Compares by the database's clock alone, which also sets the beginning of a turn. */
async function hasGoneOn(transaction: Db, chatId: string, askedMsAgo: number): Promise<boolean> {
  const begun = await transaction
    .select({ id: chat.id })
    .from(chat)
    .where(and(eq(chat.id, chatId), sql`${chat.updatedAt} > now() - ${askedMsAgo}::integer * interval '1 millisecond'`))
  return begun.length > 0
}

/** Deletes the rows. Files that only this chat named count as unused from now on, and the sweeper deletes them. */
async function deleteRows(transaction: Db, chatId: string, userId: string): Promise<void> {
  await transaction.execute(sql`
    with gone as (
      delete from "Chat" where id = ${chatId}::uuid and "userId" = ${userId} returning id
    ),
    named as (
      select distinct part->>'url' as url from gone
      join "Message" on "chatId" = gone.id, jsonb_array_elements(parts) as part
      where role = 'user' and part->>'type' = 'file'
    )
    update "Upload" set "usedAt" = null from named
    where '/api/files/' || "Upload".id = named.url and "Upload"."userId" = ${userId} and not exists (
      select from "Message" join "Chat" on "Chat".id = "Message"."chatId"
      where "Chat"."userId" = ${userId} and "Chat".id <> ${chatId}::uuid
        and parts @> jsonb_build_array(jsonb_build_object('type', 'file', 'url', named.url))
    )`)
}
