/**
 * Stores what answers cost, and what each user has left. Each generation has one row, written with its end.
 */
import { and, desc, eq, lt, or, type SQL, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { charge, user } from "#db/schema.ts"
import type { ChatMessagePart, Usage } from "#lib/chat-protocol.ts"
import { cursorOf, parseCursor } from "./cursor.ts"
import { type Growth, growthOf, knownParts } from "./growing-parts.ts"

export type ChargeRow = Omit<typeof charge.$inferSelect, "id" | "userId">

export interface ChargeRepository {
  /** Returns the user's remaining tokens; below zero if the last answer used more than there were. */
  creditsOf(userId: string): Promise<number>
  /**
   * Lists charges, the newest first.
   * @param cursor the last page's `nextCursor`
   * @throws ChatError "invalid_cursor"
   */
  listCharges(
    userId: string,
    limit: number,
    cursor?: string,
  ): Promise<{ charges: ChargeRow[]; nextCursor: string | undefined }>
}

export function chargeRepository(db: Db): ChargeRepository {
  return {
    async creditsOf(userId) {
      const [row] = await db.select({ credits: user.credits }).from(user).where(eq(user.id, userId))
      return row?.credits ?? 0
    },

    async listCharges(userId, limit, cursor) {
      const after = cursor === undefined ? undefined : parseCursor(cursor)
      const rows = await db
        .select()
        .from(charge)
        .where(
          and(
            eq(charge.userId, userId),
            after &&
              or(
                lt(createdAt, after.at.toISOString()),
                and(eq(createdAt, after.at.toISOString()), lt(charge.id, after.id)),
              ),
          ),
        )
        .orderBy(desc(createdAt), desc(charge.id))
        .limit(limit + 1)
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        charges: page.map(({ id: _id, userId: _userId, ...row }) => row),
        nextCursor: rows.length > limit && last ? cursorOf({ at: last.createdAt, id: last.id }) : undefined,
      }
    },
  }
}

/** Truncated to the precision of JavaScript's dates, which cursors hold. */
const createdAt = sql`date_trunc('milliseconds', ${charge.createdAt})`

export interface AnswerCharge {
  model: string
  usage: Usage
}

/** Charges a generation in a statement of its own, to the present owner of its chat. */
export async function takeCharge(
  db: Db,
  ended: { streamId: string; chatId: string; messageId: string; charge: AnswerCharge },
): Promise<void> {
  const { streamId, chatId, messageId, charge } = ended
  await db.execute(sql`
    with ended as (
      select id as "chatId", ${messageId}::text as "messageId", "userId" from "Chat" where id = ${chatId}::uuid
    )
    ${charging(sql`ended`, streamId, charge)}
    select`)
}

/**
 * Continues a WITH list so that it charges the generation of an earlier entry. A generation is charged once, however
 * often this runs, and is free if it used nothing.
 * @param ended the entry: no row, or one with `chatId`, `messageId`, and `userId`: the present owner of the chat, since
 * a guest may have signed up while the answer was written
 */
export function charging(ended: SQL, streamId: string, { model, usage }: AnswerCharge): SQL {
  const credits = usage.inputTokens + usage.outputTokens
  if (credits === 0) return sql.empty()
  return sql`, charged as (
      insert into "Charge" ("streamId", "userId", "chatId", "messageId", model, "inputTokens", "outputTokens",
        "cachedInputTokens", "reasoningTokens", estimated, "isLowerBound", credits)
      select ${streamId}::uuid, "userId", "chatId", "messageId", ${model}::text, ${usage.inputTokens}::integer,
        ${usage.outputTokens}::integer, ${usage.cachedInputTokens}::integer, ${usage.reasoningTokens}::integer,
        ${usage.estimated}::boolean, ${usage.isLowerBound ?? false}::boolean, ${credits}::bigint
      from ${ended}
      on conflict do nothing
      returning "userId", credits
    ),
    paid as (
      update "User" set credits = "User".credits - charged.credits from charged where "User".id = charged."userId"
    )`
}

/**
 * Estimates the cost of an answer whose producer cannot report it, from the stored text at four characters a token.
 * @param wasAsked true if the producer was alive: the model then has the question, even if no answer is stored yet
 */
export async function estimatedCharge(db: Db, messageId: string, wasAsked = false): Promise<AnswerCharge> {
  const [row] = rowsOf<AskedAnswer>(
    await db.execute(sql`
      select answer.metadata->>'model' as model, answer.id, answer.parts, ${growthOf(sql`answer`)} as growth,
        (select least(ceil(coalesce(sum(length(before.parts::text)), 0) / 4.0), 2147483647)::integer from "Message" as before
          where before."chatId" = answer."chatId" and before."replacedAt" is null and before.seq < answer.seq) as "inputTokens"
      from "Message" as answer where answer.id = ${messageId}`),
  )
  const parts = row ? await knownParts(row) : []
  // An answer that never began costs nothing.
  const isFree = parts.length === 0 && !wasAsked
  const inputTokens = isFree ? 0 : (row?.inputTokens ?? 0)
  const outputTokens = parts.length === 0 ? 0 : Math.ceil(JSON.stringify(parts).length / 4)
  const usage = { inputTokens, outputTokens, cachedInputTokens: 0, reasoningTokens: 0, estimated: true }
  return { model: (!isFree && row?.model) || "unknown", usage }
}

interface AskedAnswer {
  id: string
  parts: ChatMessagePart[]
  growth: Growth | null
  model: string | null
  inputTokens: number
}
