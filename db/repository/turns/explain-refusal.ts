import { sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { artifactsOf, canBeContinued, lastAnswer } from "../history.ts"
import type { NewTurn, TurnOutcome } from "./turn.ts"

/**
 * Not on the way of a turn that begins: this may take its time to find out why it did not.
 * @param isFull the user has as many streams as may run
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
  if (!facts || (facts.ownerId !== null && facts.ownerId !== userId)) return { kind: "chat-not-found" }
  if (facts.namedStreamId)
    return facts.isSameRequest ? { kind: "repeated", streamId: facts.namedStreamId } : { kind: "idempotency-mismatch" }
  // A question always is.
  if (asks.kind === "continue" && facts.isSameMessage && facts.isWhole) return { kind: "nothing-to-continue" }
  if (facts.isSameMessage && facts.repeatedStreamId) return { kind: "repeated", streamId: facts.repeatedStreamId }
  if (asks.kind === "submit" && facts.isSameMessage !== null) return { kind: "message-id-conflict" }
  if (facts.runningStreamId) return { kind: "busy", streamId: facts.runningStreamId, isDead: facts.isDead ?? false }
  if (isFull) return { kind: "too-many-streams" }
  if (turn.needsCredits && !facts.hasCredits) return { kind: "no-credits" }
  if (facts.ownerId === null) return { kind: "chat-not-found" }
  if (replacedId !== null && facts.replacedRole !== "user")
    return { kind: facts.replacedRole === null ? "message-not-found" : "message-not-editable" }
  if (asks.kind === "regenerate" && !facts.hasAnswer) return { kind: "message-not-found" }
  if (asks.kind === "continue" && !(facts.isSameMessage && facts.isShown)) return { kind: "message-not-found" }
  return { kind: "try-again" }
}

interface Facts {
  ownerId: string | null
  /** null: no message has this id */
  isSameMessage: boolean | null
  /** nothing is left to go on with */
  isWhole: boolean | null
  isShown: boolean
  repeatedStreamId: string | null
  /** the stream that the request of this key began */
  namedStreamId: string | null
  isSameRequest: boolean | null
  runningStreamId: string | null
  isDead: boolean | null
  hasCredits: boolean | null
  /** null: the message to be replaced is not in this chat */
  replacedRole: "user" | "assistant" | null
  /** there is an answer to be written anew */
  hasAnswer: boolean
}
