/**
 * Stores what answers cost, and what each user has left. Each generation has one row, written in the transaction that
 * ends it.
 */
import { and, desc, eq, lt, or, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { charge, chat, user } from "#db/schema.ts"
import type { Usage } from "#lib/chat-protocol.ts"
import { cursorOf, parseCursor } from "./cursor.ts"

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

/**
 * Charges a generation to the present owner of its chat: a guest may have signed up while it was written. A repeated
 * call charges nothing more, and a generation that used nothing is free.
 */
export async function takeCharge(
  db: Db,
  ended: { streamId: string; chatId: string; messageId: string; charge: AnswerCharge },
): Promise<void> {
  const { streamId, chatId, messageId } = ended
  const { usage, model } = ended.charge
  const credits = usage.inputTokens + usage.outputTokens
  if (credits === 0) return
  const [owner] = await db.select({ userId: chat.userId }).from(chat).where(eq(chat.id, chatId))
  if (!owner) return
  const taken = await db
    .insert(charge)
    .values({ ...usage, ...owner, credits, model, streamId, chatId, messageId })
    .onConflictDoNothing()
    .returning({ credits: charge.credits })
  if (taken.length > 0)
    await db
      .update(user)
      .set({ credits: sql`${user.credits} - ${credits}` })
      .where(eq(user.id, owner.userId))
}

/**
 * Estimates the cost of an answer whose producer cannot report it, from the stored text at four characters a token.
 * @param wasAsked true if the producer was alive: the model then has the question, even if no answer is stored yet
 */
export async function estimatedCharge(db: Db, messageId: string, wasAsked = false): Promise<AnswerCharge> {
  const [row] = rowsOf<{ model: string | null; inputTokens: number; outputTokens: number }>(
    await db.execute(sql`
      select answer.metadata->>'model' as model,
        case when answer.parts = '[]' then 0 else least(ceil(length(answer.parts::text) / 4.0), 2147483647)::integer end as "outputTokens",
        (select least(ceil(coalesce(sum(length(before.parts::text)), 0) / 4.0), 2147483647)::integer from "Message" as before
          where before."chatId" = answer."chatId" and before."replacedAt" is null and before.seq < answer.seq) as "inputTokens"
      from "Message" as answer where answer.id = ${messageId} and (${wasAsked}::boolean or answer.parts <> '[]')`),
  )
  // An answer that never began costs nothing.
  const { model, inputTokens = 0, outputTokens = 0 } = row ?? {}
  const usage = { inputTokens, outputTokens, cachedInputTokens: 0, reasoningTokens: 0, estimated: true }
  return { model: model ?? "unknown", usage }
}
