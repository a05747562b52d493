import { eq } from "drizzle-orm"
import type { Database } from "#db/client.ts"
import { charge, chatStream, message } from "#db/schema.ts"
import type { EventId } from "#lib/chat-protocol.ts"
import { textOf } from "../text-of.ts"

/** The producers' side of a chat's history: each generation as database and bill know it. */
export async function storedEnds({ db }: Pick<Database, "db">, chatId: string) {
  const rows = await db
    .select({
      streamId: chatStream.streamId,
      status: message.status,
      parts: message.parts,
      lastEventId: chatStream.lastEventId,
      epoch: chatStream.epoch,
      answersMessageId: chatStream.answersMessageId,
      charges: db.$count(charge, eq(charge.streamId, chatStream.streamId)),
    })
    .from(chatStream)
    .innerJoin(message, eq(message.id, chatStream.messageId))
    .where(eq(chatStream.chatId, chatId))
  return rows.map(({ parts, lastEventId, ...row }) => ({
    ...row,
    text: textOf({ parts }),
    lastEventId: (lastEventId ?? undefined) as EventId | undefined, // as the producer wrote it
  }))
}
