import { and, eq, gt, inArray, isNull, or, sql } from "drizzle-orm"
import type { Db } from "#db/db.ts"
import { chat, chatStream, message } from "#db/schema.ts"
import type { MessageStatus, RunningTurn } from "#lib/chat-protocol.ts"

export interface TurnRow extends RunningTurn {
  userId: string
  isRunning: boolean
  status: MessageStatus
}

/** Some looks at the database apart: a turn that begins and ends between two is found by the second. */
const justEnded = sql`now() - interval '20 seconds'`
/** Longer than a turn takes. It lets an index find the few chats where one can have ended just now. */
const latelyBegun = sql`now() - interval '1 hour'`

export async function listTurns(db: Db, asked: { userIds: string[]; streamIds: string[] }): Promise<TurnRow[]> {
  const ofUsers = and(
    inArray(chat.userId, asked.userIds),
    or(isNull(chatStream.endedAt), and(gt(chatStream.endedAt, justEnded), gt(chat.updatedAt, latelyBegun))),
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
