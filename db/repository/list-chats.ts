import { and, desc, eq, isNull, lt, or, type SQL, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { chat, chatStream } from "#db/schema.ts"
import type { ChatMessagePart, ChatSummary } from "#lib/chat-protocol.ts"
import { cursorOf, parseCursor } from "./cursor.ts"
import { type Growth, growthOf, knownParts } from "./growing-parts.ts"
import { snippetOf, snippetOfTitle } from "./snippet.ts"

export interface ChatsPage {
  chats: ChatSummary[]
  /** Undefined on the last page. In a search, a page may be short or empty and still have a next one. */
  nextCursor: string | undefined
}

export interface ChatSearch {
  userId: string
  /** searched for literally, in titles and in shown messages; the case is ignored */
  text: string
  limit: number
  cursor?: string | undefined
}

/** Chats that one search reads, hits or not: its cost has a limit, however many chats a user has. */
const chatsPerSearch = 200

export async function listChats(db: Db, userId: string, limit: number, cursor?: string): Promise<ChatsPage> {
  const after = cursor === undefined ? undefined : parseCursor(cursor)
  const rows = await summaries(db)
    .where(
      and(
        eq(chat.userId, userId),
        after && or(lt(chat.updatedAt, after.at), and(eq(chat.updatedAt, after.at), lt(chat.id, after.id))),
      ),
    )
    .orderBy(desc(chat.updatedAt), desc(chat.id))
    .limit(limit + 1)
  const chats = rows.slice(0, limit).map(summaryOf)
  return { chats, nextCursor: rows.length > limit ? cursorAfter(chats.at(-1)) : undefined }
}

/** @returns undefined if this user has no such chat */
export async function findSummary(db: Db, chatId: string, userId: string): Promise<ChatSummary | undefined> {
  const [row] = await summaries(db).where(and(eq(chat.id, chatId), eq(chat.userId, userId)))
  return row && summaryOf(row)
}

function summaries(db: Db) {
  return db
    .select({
      id: chat.id,
      agent: chat.agent,
      title: chat.title,
      updatedAt: chat.updatedAt,
      isRunning: sql<boolean>`coalesce(${chatStream.leaseExpiresAt} > now(), false)`,
    })
    .from(chat)
    .leftJoin(chatStream, and(eq(chatStream.chatId, chat.id), isNull(chatStream.endedAt)))
}

function summaryOf(row: Omit<ChatSummary, "updatedAt" | "snippet"> & { updatedAt: Date }): ChatSummary {
  return { ...row, updatedAt: row.updatedAt.toISOString() }
}

export async function searchChats(db: Db, { userId, text, limit, cursor }: ChatSearch): Promise<ChatsPage> {
  const after = cursor === undefined ? undefined : parseCursor(cursor)
  const beyond = after
    ? sql`and ("updatedAt", id) < (${after.at.toISOString()}::timestamptz, ${after.id}::uuid)`
    : sql``
  const first = await lookThrough(db, { userId, text, limit, beyond }, [])
  const growing = await Promise.all(first.growing.map(async (row) => ({ id: row.id, parts: await knownParts(row) })))
  // Only a user whose answers are being written pays for a second look, at what has been written of them.
  const { found, looked } = growing.length > 0 ? await lookThrough(db, { userId, text, limit, beyond }, growing) : first
  const chats = found.slice(0, limit).map(({ excerpt, hitAt, isCutBefore, isCutAfter, ...listed }): ChatSummary => {
    const snippet =
      excerpt === null
        ? snippetOfTitle(listed.title, text)
        : snippetOf({ text: excerpt, hitAt, isCutBefore, isCutAfter }, text)
    return { ...listed, updatedAt: new Date(listed.updatedAt).toISOString(), ...(snippet && { snippet }) }
  })
  if (found.length > limit) return { chats, nextCursor: cursorAfter(chats.at(-1)) }
  return { chats, nextCursor: looked.length === chatsPerSearch ? cursorAfter(looked.at(-1)) : undefined }
}

interface Look {
  userId: string
  text: string
  limit: number
  beyond: SQL
}

/** @param grown the parts of messages that have not ended */
async function lookThrough(
  db: Db,
  { userId, text, limit, beyond }: Look,
  grown: { id: string; parts: ChatMessagePart[] }[],
): Promise<Looked> {
  const [row] = rowsOf<Looked>(
    await db.execute(sql`
      with grown as (
        select * from jsonb_to_recordset(${JSON.stringify(grown)}::jsonb) as each(id text, parts jsonb)
      ),
      looked as (
        select id, agent, title, "updatedAt" from "Chat" where "userId" = ${userId} ${beyond}
        order by "updatedAt" desc, id desc limit ${chatsPerSearch}
      ),
      found as (
        select looked.*, substring(hit.text from greatest(hit.at - ${charsBefore}::integer, 1)
          for length(${text}) + ${charsBefore + charsAfter}::integer) as excerpt,
          hit.at - greatest(hit.at - ${charsBefore}::integer, 1) as "hitAt",
          hit.at > ${charsBefore}::integer + 1 as "isCutBefore",
          hit.at + length(${text}) + ${charsAfter}::integer <= length(hit.text) as "isCutAfter",
          exists (
            select from "ChatStream" where "chatId" = looked.id and "endedAt" is null and "leaseExpiresAt" > now()
          ) as "isRunning"
        from looked left join lateral (
          select part->>'text' as text, ${placeIn(sql`part->>'text'`, text)} as at
          from "Message" left join grown using (id), jsonb_array_elements(coalesce(grown.parts, "Message".parts)) as part
          where "chatId" = looked.id and "replacedAt" is null and part->>'type' = 'text'
            and ${placeIn(sql`part->>'text'`, text)} > 0
          order by seq desc limit 1
        ) as hit on true
        where hit.at > 0 or ${placeIn(sql`title`, text)} > 0
        order by "updatedAt" desc, id desc limit ${limit + 1}
      )
      select
        (select coalesce(jsonb_agg(to_jsonb(found) order by "updatedAt" desc, id desc), '[]') from found) as found,
        (select coalesce(jsonb_agg(jsonb_build_object('updatedAt', "updatedAt", 'id', id)
          order by "updatedAt" desc, id desc), '[]') from looked) as looked,
        (select coalesce(jsonb_agg(jsonb_build_object('id', "Message".id, 'parts', parts, 'growth', growth)), '[]')
          from looked join "Message" on "chatId" = looked.id and "replacedAt" is null,
            lateral (select ${growthOf(sql`"Message"`)} as growth) as appended
          where growth is not null) as growing`),
  )
  return row ?? { found: [], looked: [], growing: [] }
}

interface Looked {
  found: FoundRow[]
  looked: { updatedAt: string; id: string }[]
  growing: { id: string; parts: ChatMessagePart[]; growth: Growth }[]
}

/**
 * Gives the position of the words, from 1. A database with locale C knows the case of ASCII letters only, so other
 * letters are searched for in the cases that people write.
 */
function placeIn(column: SQL, wanted: string): SQL {
  const small = wanted.toLowerCase()
  const capitalised = wanted.charAt(0).toUpperCase() + small.slice(1)
  const isAscii = /^[\0-\x7f]*$/.test(wanted)
  const ways = isAscii ? [wanted] : [...new Set([wanted, small, wanted.toUpperCase(), capitalised])]
  const places = ways.map((way) => sql`nullif(strpos(lower(${column}), lower(${way})), 0)`)
  return sql`least(${sql.join(places, sql`, `)})`
}

interface FoundRow extends Omit<ChatSummary, "snippet"> {
  /** null if only the title has the hit */
  excerpt: string | null
  hitAt: number
  isCutBefore: boolean
  isCutAfter: boolean
}

const charsBefore = 40
const charsAfter = 80

function cursorAfter(last: { updatedAt: string; id: string } | undefined): string | undefined {
  return last && cursorOf({ at: new Date(last.updatedAt), id: last.id })
}
