import { asc, eq, isNull, sql } from "drizzle-orm"
import type { Db } from "#db/db.ts"
import { chat, chatStream, message, user } from "#db/schema.ts"
import { appendedChars } from "../growing-parts.ts"

/** A running stream, as an operator sees it. */
export interface RunningRow {
  streamId: string
  chatId: string
  userId: string
  email: string
  isGuest: boolean
  agent: string
  model: string | null
  ageSeconds: number
  epoch: number
  isDead: boolean
  /** characters of the stored text */
  chars: number
}

/** Lists running streams, the oldest first. */
export async function listRunning(db: Db, limit: number): Promise<RunningRow[]> {
  return db
    .select({
      streamId: chatStream.streamId,
      chatId: chatStream.chatId,
      userId: user.id,
      email: user.email,
      isGuest: user.isAnonymous,
      agent: chat.agent,
      model: sql<string | null>`${message.metadata}->>'model'`,
      ageSeconds: sql<number>`extract(epoch from now() - ${chatStream.createdAt})::float8`,
      epoch: chatStream.epoch,
      isDead: sql<boolean>`${chatStream.leaseExpiresAt} < now()`,
      chars: sql<number>`coalesce(${appendedChars(sql`"Message"`)}, (select coalesce(sum(length(part->>'text')), 0)::integer from jsonb_array_elements(${message.parts}) part))`,
    })
    .from(chatStream)
    .innerJoin(chat, eq(chat.id, chatStream.chatId))
    .innerJoin(user, eq(user.id, chat.userId))
    .innerJoin(message, eq(message.id, chatStream.messageId))
    .where(isNull(chatStream.endedAt))
    .orderBy(asc(chatStream.createdAt), asc(chatStream.streamId))
    .limit(limit)
}
