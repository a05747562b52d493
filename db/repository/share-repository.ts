/** Stores links to chats. To anyone but its owner a chat does not exist, except for what its link shows. */
import { randomBytes } from "node:crypto"
import { and, eq, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { chat, share } from "#db/schema.ts"
import type { ChatMessagePart, MessageStatus } from "#lib/chat-protocol.ts"
import type { ChatShare } from "#lib/share-protocol.ts"
import { type Refusal, refused, refusedFor } from "./refusal.ts"
import { findRunning, lockChat } from "./show-branch.ts"

export interface ChatOfUser {
  chatId: string
  userId: string
}

export type ShareOutcome =
  | { kind: "shared"; share: ChatShare }
  /** also while an answer is being written: what the link would show is not known yet */
  | Refusal

/** A shared chat as it is stored. Private parts have to be removed before it is shown. */
export interface StoredShare {
  title: string
  sharedAt: Date
  messages: { role: "user" | "assistant"; status: MessageStatus; parts: ChatMessagePart[]; artifactCount: number }[]
}

export interface ShareRepository {
  /** Shares the branch that is shown now. A chat has one link, which shows the present branch once it is shared again. */
  share(of: ChatOfUser): Promise<ShareOutcome>
  /** Finds a chat's link. @returns undefined if this user has no such chat; null if it is not shared */
  findShare(of: ChatOfUser): Promise<ChatShare | null | undefined>
  /** Removes the link. A later link has another address. @returns false if this user has no such chat */
  unshare(of: ChatOfUser): Promise<boolean>
  /** Reads a shared chat. @returns undefined if the link leads nowhere */
  readShare(shareId: string): Promise<StoredShare | undefined>
}

export function shareRepository(db: Db): ShareRepository {
  return {
    share: ({ chatId, userId }) =>
      db.transaction(async (transaction): Promise<ShareOutcome> => {
        if (!(await lockChat(transaction, chatId, userId))) return refused("chat_not_found")
        const running = await findRunning(transaction, chatId)
        if (running) return refusedFor(running)
        await transaction.execute(sql`
          insert into "Share" (id, "chatId", "upToMessageId", title)
          select ${newShareId()}, "Chat".id, ${lastShown}, title from "Chat" where id = ${chatId}::uuid
          on conflict ("chatId") do update
            set "upToMessageId" = excluded."upToMessageId", title = excluded.title, "updatedAt" = now()`)
        const shared = await findShare(transaction, { chatId, userId })
        return shared ? { kind: "shared", share: shared } : refused("chat_not_found")
      }),

    findShare: (of) => findShare(db, of),

    async unshare({ chatId, userId }) {
      return db.transaction(async (transaction) => {
        if (!(await lockChat(transaction, chatId, userId))) return false
        await transaction.delete(share).where(eq(share.chatId, chatId))
        return true
      })
    },

    async readShare(shareId) {
      const rows = rowsOf<ReadRow>(
        await db.execute(sql`
          with recursive branch as (
            select "Message".id, "parentId" from "Share" join "Message" on "Message".id = "upToMessageId"
            where "Share".id = ${shareId}
            union all
            select "Message".id, "Message"."parentId" from "Message" join branch on "Message".id = branch."parentId"
          )
          select title, to_json("Share"."updatedAt") as "sharedAt", role, status, parts, (
            select count(*)::integer from "Artifact" where "messageId" = branch.id
          ) as "artifactCount"
          from "Share", branch join "Message" using (id) where "Share".id = ${shareId} order by seq`),
      )
      const [first] = rows
      if (!first) return undefined
      const messages = rows.map(({ role, status, parts, artifactCount }) => ({ role, status, parts, artifactCount }))
      return { title: first.title, sharedAt: new Date(first.sharedAt), messages }
    },
  }
}

type ReadRow = StoredShare["messages"][number] & { title: string; sharedAt: string }

/** Makes an id of 192 random bits, which cannot be guessed. */
function newShareId(): string {
  return randomBytes(24).toString("base64url")
}

const lastShown = sql`(
  select id from "Message" where "chatId" = "Chat".id and "replacedAt" is null order by seq desc limit 1
)`

async function findShare(db: Db, { chatId, userId }: ChatOfUser): Promise<ChatShare | null | undefined> {
  const [row] = await db
    .select({
      id: share.id,
      sharedAt: share.updatedAt,
      isCurrent: sql<boolean>`coalesce("Share"."upToMessageId" = ${lastShown}, false)`,
    })
    .from(chat)
    .leftJoin(share, eq(share.chatId, chat.id))
    .where(and(eq(chat.id, chatId), eq(chat.userId, userId)))
  if (!row) return undefined
  const { id, sharedAt, isCurrent } = row
  return id === null || sharedAt === null ? null : { id, sharedAt: sharedAt.toISOString(), isCurrent }
}
