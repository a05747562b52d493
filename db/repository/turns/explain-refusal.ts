import { sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { artifactsOf, canBeContinued, lastAnswer } from "../history.ts"
import { refused, refusedFor } from "../refusal.ts"
import type { NewTurn, TurnOutcome } from "./turn.ts"

/**
 * Explains why a turn was refused, off the hot path: only turns that did not begin wait for it.
 * @param isFull true if the user has reached the limit of running streams
 */
export async function explainRefusal(
  db: Db,
  turn: NewTurn & { asks: Exclude<NewTurn["asks"], { kind: "decide" }> },
  isFull: boolean,
): Promise<TurnOutcome> {
  const { asks, chatId, userId } = turn
  const askedId = asks.kind === "submit" ? asks.message.id : (asks.messageId ?? null)
  const parts = asks.kind === "submit" ? JSON.stringify(asks.message.parts) : null
  const artifacts =
    asks.kind === "submit" && asks.message.artifacts?.length ? JSON.stringify(asks.message.artifacts) : null
  const replacedId = asks.kind === "submit" ? (asks.replaces ?? null) : null
  const asked = asks.kind === "continue" && askedId === null ? lastAnswer(chatId) : sql`${askedId}::text`
  const [facts] = rowsOf<Facts>(
    await db.execute(sql`
      select
        (select "userId" from "Chat" where id = ${chatId}::uuid) as "ownerId",
        asked."chatId" = ${chatId}::uuid and (${parts}::jsonb is null or (parts = ${parts}::jsonb
          and ${artifactsOf(sql`asked.id`)} is not distinct from ${artifacts}::jsonb)) as "isSameMessage",
        named."streamId" as "namedStreamId", named."requestHash" = ${turn.request?.hash ?? null}::text as "isSameRequest",
        asked.status = 'COMPLETE' and not asked."canBeContinued" as "isWhole", asked."replacedAt" is null as "isShown",
        (select "streamId" from "ChatStream" where "answersMessageId" = ${askedId}::text) as "repeatedStreamId",
        running."streamId" as "runningStreamId", running."leaseExpiresAt" < now() as "isDead",
        (select role from "Message" where id = ${replacedId}::text and "chatId" = ${chatId}::uuid) as "replacedRole",
        exists (
          select from "Message" where "chatId" = ${chatId}::uuid and "replacedAt" is null and role = 'assistant'
            and (${askedId}::text is null or seq >= (
              select seq from "Message" where id = ${askedId}::text and "chatId" = ${chatId}::uuid and "replacedAt" is null
            ))
        ) as "hasAnswer",
        (select credits from "User" where id = ${userId}) > 0 as "hasCredits"
      from (select) as one left join (select *, ${canBeContinued} as "canBeContinued" from "Message") as asked on asked.id = ${asked} left join "ChatStream" as running
        on running."chatId" = ${chatId}::uuid and running."endedAt" is null
        left join "ChatStream" as named on named."requestKey" = ${turn.request?.key ?? null}::text`),
  )
  if (!facts || (facts.ownerId !== null && facts.ownerId !== userId)) return refused("chat_not_found")
  if (facts.namedStreamId)
    return facts.isSameRequest ? { kind: "repeated", streamId: facts.namedStreamId } : refused("idempotency_mismatch")
  // Questions are always whole.
  if (asks.kind === "continue" && facts.isSameMessage && facts.isWhole) return refused("nothing_to_continue")
  if (facts.isSameMessage && facts.repeatedStreamId) return { kind: "repeated", streamId: facts.repeatedStreamId }
  if (asks.kind === "submit" && facts.isSameMessage !== null) return refused("message_id_conflict")
  if (facts.runningStreamId) return refusedFor({ streamId: facts.runningStreamId, isDead: facts.isDead ?? false })
  if (isFull) return refused("too_many_streams")
  if (turn.needsCredits && !facts.hasCredits) return refused("quota_exceeded")
  if (facts.ownerId === null) return refused("chat_not_found")
  if (replacedId !== null && facts.replacedRole !== "user")
    return refused(facts.replacedRole === null ? "message_not_found" : "message_not_editable")
  if (asks.kind === "regenerate" && !facts.hasAnswer) return refused("message_not_found")
  if (asks.kind === "continue" && !(facts.isSameMessage && facts.isShown)) return refused("message_not_found")
  return { kind: "try-again" }
}

interface Facts {
  ownerId: string | null
  /** null if no message has this id */
  isSameMessage: boolean | null
  /** nothing is left to continue */
  isWhole: boolean | null
  isShown: boolean
  repeatedStreamId: string | null
  /** the stream that the request of this key began */
  namedStreamId: string | null
  isSameRequest: boolean | null
  runningStreamId: string | null
  isDead: boolean | null
  hasCredits: boolean | null
  /** null if the message to be replaced is not in this chat */
  replacedRole: "user" | "assistant" | null
  /** there is an answer that can be regenerated */
  hasAnswer: boolean
}
