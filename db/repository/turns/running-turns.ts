import { and, eq, gt, inArray, isNull, or, sql } from "drizzle-orm"
import type { Db } from "#db/db.ts"
import { chat, chatStream, message } from "#db/schema.ts"
import type { MessageStatus, RunningTurn } from "#lib/chat-protocol.ts"

export interface TurnRow extends RunningTurn {
  userId: string
  isRunning: boolean
  status: MessageStatus
}

/** Longer than several polls, so that a turn which begins and ends between two polls is found by the second. */
const justEnded = sql`now() - interval '20 seconds'`
/** Longer than any turn. It lets an index find the few chats in which a turn may have just ended. */
const recentlyBegun = sql`now() - interval '1 hour'`

export async function listTurns(db: Db, asked: { userIds: string[]; streamIds: string[] }): Promise<TurnRow[]> {
  const ofUsers = and(
    inArray(chat.userId, asked.userIds),
    or(isNull(chatStream.endedAt), and(gt(chatStream.endedAt, justEnded), gt(chat.updatedAt, recentlyBegun))),
  )
  return db
    .select({
      userId: chat.userId,
      chatId: chatStream.chatId,
      streamId: chatStream.streamId,
      messageId: chatStream.messageId,
      isRunning: sql<boolean>`${chatStream.endedAt} is null`,
      status: message.status,
    })
    .from(chatStream)
    .innerJoin(chat, eq(chat.id, chatStream.chatId))
    .innerJoin(message, eq(message.id, chatStream.messageId))
    .where(asked.streamIds.length > 0 ? or(ofUsers, inArray(chatStream.streamId, asked.streamIds)) : ofUsers)
}
