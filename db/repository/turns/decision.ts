/**
 * Records a user's decisions on calls that wait. The stored message proves that they wait, and says what they would
 * do.
 */
import { type SQL, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { refused, refusedFor } from "../refusal.ts"
import type { Decision, TurnOutcome } from "./turn.ts"

/** Selects the last message of the shown branch if all these calls wait in it. */
export function waitsAtEnd(chatId: string, decisions: Decision[]): SQL {
  return sql`status in ('COMPLETE', 'STOPPED', 'ERROR', 'INTERRUPTED') and parts @> ${waitingParts(decisions)}
    and "Message".seq = (select max(seq) from "Message" where "chatId" = ${chatId}::uuid and "replacedAt" is null)`
}

/** Returns a message's parts with the decisions in place: they are stored before any call runs. */
export function decidedParts(decisions: Decision[]): SQL {
  const changes = decisions.map(({ approvalId, approved, reason }) => ({
    approvalId,
    state: approved ? "approval-responded" : "output-denied",
    said: { approved, ...(reason !== undefined && { reason }) },
  }))
  return sql`(
    select jsonb_agg(
      case when change is null then part
        else part || jsonb_build_object('state', change->'state', 'approval', part->'approval' || (change->'said')) end
      order by place)
    from jsonb_array_elements(parts) with ordinality as list(part, place)
      left join jsonb_array_elements(${JSON.stringify(changes)}::jsonb) as change
        on part->>'state' = 'approval-requested' and part->'approval'->>'id' = change->>'approvalId'
  )`
}

/** Explains why decisions were refused. @param isFull true if the user has reached the limit of running streams */
export async function explainDecision(
  db: Db,
  turn: { userId: string; chatId: string; needsCredits: boolean },
  { decisions, isFull }: { decisions: Decision[]; isFull: boolean },
): Promise<TurnOutcome> {
  const { chatId, userId } = turn
  const same = JSON.stringify(decisions.map(({ approvalId, approved }) => ({ approval: { id: approvalId, approved } })))
  const [facts] = rowsOf<Facts>(
    await db.execute(sql`
      select
        (select "userId" from "Chat" where id = ${chatId}::uuid) as "ownerId",
        decided."streamId" as "decidedStreamId", decided."isSame",
        running."streamId" as "runningStreamId", running."leaseExpiresAt" < now() as "isDead",
        exists (
          select from "Message"
          where "chatId" = ${chatId}::uuid and "replacedAt" is null and ${waitsAtEnd(chatId, decisions)}
            and not exists (select from "ChatStream" where "answersMessageId" = "Message".id)
        ) as "isWaiting",
        (select credits from "User" where id = ${userId}) > 0 as "hasCredits"
      from (select) as one left join lateral (
        select stream."streamId", answer.parts @> ${same}::jsonb as "isSame"
        from "ChatStream" as stream
        join "Message" as asked on asked.id = stream."answersMessageId"
        join "Message" as answer on answer.id = stream."messageId"
        where stream."chatId" = ${chatId}::uuid and asked.parts @> ${waitingParts(decisions)}
          and not answer.parts @> ${waitingParts(decisions)}
        order by stream."createdAt" desc limit 1
      ) as decided on true
      left join "ChatStream" as running on running."chatId" = ${chatId}::uuid and running."endedAt" is null`),
  )
  if (!facts || facts.ownerId !== userId) return refused("chat_not_found")
  if (facts.decidedStreamId)
    return facts.isSame ? { kind: "repeated", streamId: facts.decidedStreamId } : refused("approval_invalid")
  if (facts.runningStreamId) return refusedFor({ streamId: facts.runningStreamId, isDead: facts.isDead ?? false })
  if (!facts.isWaiting) return refused("approval_invalid")
  if (isFull) return refused("too_many_streams")
  if (turn.needsCredits && !facts.hasCredits) return refused("quota_exceeded")
  return { kind: "try-again" }
}

interface Facts {
  ownerId: string | null
  /** null if the calls are undecided */
  decidedStreamId: string | null
  isSame: boolean | null
  runningStreamId: string | null
  isDead: boolean | null
  /** the calls wait, and their answer has not been replaced */
  isWaiting: boolean
  hasCredits: boolean
}

function waitingParts(decisions: Decision[]): SQL {
  const parts = decisions.map(({ approvalId }) => ({ state: "approval-requested", approval: { id: approvalId } }))
  return sql`${JSON.stringify(parts)}::jsonb`
}
