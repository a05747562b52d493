import { eq, getTableColumns, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { message } from "#db/schema.ts"
import type {
  Artifact,
  ChatMessage,
  ChatMessagePart,
  Compaction,
  MessageMetadata,
  MessageStatus,
} from "#lib/chat-protocol.ts"
import { type Growth, growthOf, knownParts } from "./growing-parts.ts"
import { artifactsOf } from "./history.ts"

export interface MessageRow {
  id: string
  role: "user" | "assistant"
  parts: ChatMessagePart[]
  status: MessageStatus
  metadata: Omit<MessageMetadata, "status">
  createdAt: Date
}

/**
 * Lists the branch that is shown, oldest first. A message that has alternatives names them, without answers that were
 * continued by another one. The last message that the newest summary covers carries that summary.
 */
export async function listMessages(db: Db, chatId: string, userId: string): Promise<ChatMessage[] | undefined> {
  const rows = rowsOf<ShownRow>(
    await db.execute(sql`
      select shown.id, shown.role, shown.parts, shown.status, shown.metadata, shown.branches, ${growthOf(sql`shown`)} as growth,
        to_json(shown."createdAt") as "createdAt", ${artifactsOf(sql`shown.id`)} as artifacts, case when shown.id = newest."upToMessageId" then newest.compaction end as compaction
      from "Chat" left join (
        select *, array_agg(id) filter (where metadata->>'continuedBy' is null or "replacedAt" is null) over (
          partition by "chatId", "parentId", role order by seq rows between unbounded preceding and unbounded following
        ) as branches
        from "Message" where "chatId" = ${chatId}::uuid
      ) as shown on shown."chatId" = "Chat".id and shown."replacedAt" is null
      left join lateral (
        select "upToMessageId", jsonb_build_object('summary', summary, 'tokensBefore', "tokensBefore",
          'tokensAfter', "tokensAfter", 'model', model, 'createdAt', "Compaction"."createdAt") as compaction
        from "Compaction" join "Message" on "Message".id = "upToMessageId"
        where "Compaction"."chatId" = "Chat".id and "Message"."replacedAt" is null
        order by "Message".seq desc, "Compaction"."createdAt" desc limit 1
      ) as newest on true
      where "Chat".id = ${chatId}::uuid and "Chat"."userId" = ${userId}
      order by shown.seq`),
  )
  if (rows.length === 0) return undefined
  const messages = rows.map(async (row) => {
    if (row.id === null) return []
    const { branches, compaction, artifacts, growth: _growth, ...columns } = row
    const parts = await knownParts(row)
    const shown = chatMessage({ ...columns, parts, createdAt: new Date(row.createdAt) })
    if (branches.length > 1) shown.metadata.branches = { ids: branches, index: branches.indexOf(row.id) }
    if (artifacts) shown.metadata.artifacts = artifacts
    if (compaction) shown.metadata.compaction = compaction
    return [shown]
  })
  return (await Promise.all(messages)).flat()
}

/** Finds a message, whoever owns it. */
export async function findMessage(db: Db, messageId: string): Promise<ChatMessage | undefined> {
  const [row] = await db
    .select({ ...getTableColumns(message), growth: sql<Growth | null>`${growthOf(sql`"Message"`)}` })
    .from(message)
    .where(eq(message.id, messageId))
  return row && chatMessage({ ...row, parts: await knownParts(row) })
}

/** A chat without messages gives one row of nulls. */
type ShownRow = { id: null } | (Omit<MessageRow, "createdAt"> & FurtherColumns)

interface FurtherColumns {
  createdAt: string
  growth: Growth | null
  branches: string[]
  artifacts: Artifact[] | null
  compaction: Compaction | null
}

function chatMessage(row: MessageRow): ChatMessage & { metadata: MessageMetadata } {
  const metadata: MessageMetadata = { ...row.metadata, status: row.status, createdAt: row.createdAt.toISOString() }
  return { id: row.id, role: row.role, parts: row.parts, metadata }
}
