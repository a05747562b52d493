import { sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/client.ts"
import type { ChatMessage, ChatMessagePart, MessageMetadata, MessageStatus } from "#lib/chat-protocol.ts"

export interface MessageRow {
  id: string
  role: "user" | "assistant"
  parts: ChatMessagePart[]
  status: MessageStatus
  metadata: Omit<MessageMetadata, "status">
  createdAt: Date
}

/** The branch that is shown, oldest first; where there are others, each message says which stand in its place. */
export async function listMessages(db: Db, chatId: string, userId: string): Promise<ChatMessage[] | undefined> {
  const rows = rowsOf<ShownRow>(
    await db.execute(sql`
      select shown.id, shown.role, shown.parts, shown.status, shown.metadata, shown.branches,
        to_json(shown."createdAt") as "createdAt"
      from "Chat" left join (
        select *, array_agg(id) over (
          partition by "chatId", "parentId", role order by seq rows between unbounded preceding and unbounded following
        ) as branches
        from "Message" where "chatId" = ${chatId}::uuid
      ) as shown on shown."chatId" = "Chat".id and shown."replacedAt" is null
      where "Chat".id = ${chatId}::uuid and "Chat"."userId" = ${userId}
      order by shown.seq`),
  )
  if (rows.length === 0) return undefined
  return rows.flatMap((row) => {
    if (row.id === null) return []
    const shown = chatMessage({ ...row, createdAt: new Date(row.createdAt) })
    if (row.branches.length < 2) return [shown]
    const branches = { ids: row.branches, index: row.branches.indexOf(row.id) }
    return [{ ...shown, metadata: { ...shown.metadata, branches } }]
  })
}

/** A chat without a message is one row of nothing. */
type ShownRow = { id: null } | (Omit<MessageRow, "createdAt"> & { createdAt: string; branches: string[] })

export function chatMessage(row: MessageRow): ChatMessage & { metadata: MessageMetadata } {
  const metadata: MessageMetadata = { ...row.metadata, status: row.status, createdAt: row.createdAt.toISOString() }
  return { id: row.id, role: row.role, parts: row.parts, metadata }
}
