/** What a user says to a call that waits for it. The stored message is the proof that it waits, and of what it would do. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/client.ts"
import type { TurnOutcome } from "./register-turn.ts"

export interface Decision {
  /** the server's own, stored with the call */
  approvalId: string
  approved: boolean
  /** told to the model where it was denied */
  reason?: string | undefined
}

/** The end of the branch that is shown, where this call waits in it. */
export function waitsAtEnd(chatId: string, approvalId: string): SQL {
  return sql`status in ('COMPLETE', 'STOPPED', 'ERROR', 'INTERRUPTED') and parts @> ${waitingPart(approvalId)}
    and "Message".seq = (select max(seq) from "Message" where "chatId" = ${chatId}::uuid and "replacedAt" is null)`
}

/** A message's parts with the decision in its place: what was decided is stored before anything comes of it. */
export function decidedParts({ approvalId, approved, reason }: Decision): SQL {
  const said = JSON.stringify({ approved, ...(reason !== undefined && { reason }) })
  const state = approved ? "approval-responded" : "output-denied"
  return sql`(
    select jsonb_agg(
      case when jsonb_build_array(part) @> ${waitingPart(approvalId)}
        then part || jsonb_build_object('state', ${state}::text, 'approval', part->'approval' || ${said}::jsonb)
        else part end order by place)
    from jsonb_array_elements(parts) with ordinality as list(part, place)
  )`
}

/** Why a decision began nothing. @param isFull the user has as many streams as may run */
export async function explainDecision(
  db: Db,
  turn: { userId: string; chatId: string; needsCredits: boolean },
  { approvalId, approved, isFull }: Decision & { isFull: boolean },
): Promise<TurnOutcome> {
  const { chatId, userId } = turn
  const same = JSON.stringify([{ approval: { id: approvalId, approved } }])
  const [facts] = rowsOf<Facts>(
    await db.execute(sql`
      select
        (select "userId" from "Chat" where id = ${chatId}::uuid) as "ownerId",
        decided."streamId" as "decidedStreamId", decided."isSame",
        running."streamId" as "runningStreamId", running."leaseExpiresAt" < now() as "isDead",
        exists (
          select from "Message"
          where "chatId" = ${chatId}::uuid and "replacedAt" is null and ${waitsAtEnd(chatId, approvalId)}
            and not exists (select from "ChatStream" where "answersMessageId" = "Message".id)
        ) as "isWaiting",
        (select credits from "User" where id = ${userId}) > 0 as "hasCredits"
      from (select) as one left join lateral (
        select stream."streamId", answer.parts @> ${same}::jsonb as "isSame"
        from "ChatStream" as stream
        join "Message" as asked on asked.id = stream."answersMessageId"
        join "Message" as answer on answer.id = stream."messageId"
        where stream."chatId" = ${chatId}::uuid and asked.parts @> ${waitingPart(approvalId)}
          and not answer.parts @> ${waitingPart(approvalId)}
        order by stream."createdAt" desc limit 1
      ) as decided on true
      left join "ChatStream" as running on running."chatId" = ${chatId}::uuid and running."endedAt" is null`),
  )
  if (!facts || facts.ownerId !== userId) return { kind: "chat-not-found" }
  if (facts.decidedStreamId)
    return facts.isSame ? { kind: "repeated", streamId: facts.decidedStreamId } : { kind: "approval-invalid" }
  if (facts.runningStreamId) return { kind: "busy", streamId: facts.runningStreamId, isDead: facts.isDead ?? false }
  if (!facts.isWaiting) return { kind: "approval-invalid" }
  if (isFull) return { kind: "too-many-streams" }
  if (turn.needsCredits && !facts.hasCredits) return { kind: "no-credits" }
  return { kind: "try-again" }
}

interface Facts {
  ownerId: string | null
  /** null: nobody has decided yet */
  decidedStreamId: string | null
  isSame: boolean | null
  runningStreamId: string | null
  isDead: boolean | null
  /** it waits, and nothing has taken the place of its answer */
  isWaiting: boolean
  hasCredits: boolean
}

function waitingPart(approvalId: string): SQL {
  return sql`${JSON.stringify([{ state: "approval-requested", approval: { id: approvalId } }])}::jsonb`
}
