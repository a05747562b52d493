/**
 * Registers a turn in one statement, so in one round trip and one transaction. Unique indexes prevent what must not
 * happen twice: nothing is checked beforehand.
 */

import { type SQL, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { isAwaited } from "#db/deadline.ts"
import { isUniqueViolation } from "#db/failures.ts"
import { type ChatMessagePart, fileIdOf } from "#lib/chat-protocol.ts"
import { canBeContinued, type HistoryMessage, historyOf, lastAnswer, unfinishedOf, withEnds } from "../history.ts"
import { decidedParts, explainDecision, waitsAtEnd } from "./decision.ts"
import { explainRefusal } from "./explain-refusal.ts"
import type { NewTurn, TurnOutcome } from "./turn.ts"

/** Writes the user's message, the placeholder of the answer and its stream, and returns the history before them. */
export async function registerTurn(db: Db, turn: NewTurn): Promise<TurnOutcome> {
  let isFull = false
  try {
    const [row] = rowsOf<Registered>(await db.execute(statementOf(turn)))
    if (row?.isRegistered) {
      const { isNewChat, partial } = row
      const history = await withEnds(db, row.history, row.unfinished)
      return { kind: "registered", history, isNewChat, ...(partial && { partial }) }
    }
    isFull = row?.isFull ?? false
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
  }
  const { asks } = turn
  if (asks.kind === "decide") return explainDecision(db, turn, { decisions: asks.decisions, isFull })
  return explainRefusal(db, { ...turn, asks }, isFull)
}

interface Registered {
  isRegistered: boolean
  isNewChat: boolean
  /** the user has reached the limit of running streams */
  isFull: boolean
  history: HistoryMessage[]
  /** messages of the history that had no end when the statement began */
  unfinished: string[]
  partial: ChatMessagePart[] | null
}

function statementOf(turn: NewTurn): SQL {
  const { asks, answer } = turn
  const placeholder = {
    id: answer.id,
    parentId: asks.kind === "submit" ? asks.message.id : null,
    role: "assistant",
    parts: [],
    status: "SENDING",
    metadata: answer.metadata,
  }
  const question =
    asks.kind === "submit"
      ? [{ id: asks.message.id, role: "user", parts: asks.message.parts, status: "COMPLETE", metadata: {} }]
      : []
  const { place, history, partial = sql`null::jsonb` } = placeOf(turn)
  return sql`
    with recursive load as (
      select coalesce(count(*) >= ${turn.maxStreams ?? null}::int, false) as "isFull"
      from "ChatStream" join "Chat" on "Chat".id = "chatId"
      where "endedAt" is null and "userId" = ${turn.userId}
    ),
    payer as (
      select id from "User", load
      where id = ${turn.userId} and (not ${turn.needsCredits}::boolean or credits > 0) and not "isFull" and ${isAwaited}
    ),
    ${place},
    new_messages as (
      insert into "Message" (id, "chatId", "parentId", role, parts, status, metadata)
      select entry->>'id', turn."chatId", coalesce(entry->>'parentId', turn."parentId"), entry->>'role',
        case entry->>'role' when 'assistant' then coalesce(${partial}, entry->'parts') else entry->'parts' end,
        entry->>'status', entry->'metadata'
      from turn, jsonb_array_elements(${JSON.stringify([...question, placeholder])}::jsonb) with ordinality as list(entry, place)
      order by place
    ),
    ${newArtifacts(turn)}
    ${usedFiles(turn)}
    new_stream as (
      insert into "ChatStream" ("chatId", "streamId", "answersMessageId", "messageId", "leaseExpiresAt", "requestKey", "requestHash")
      select turn."chatId", ${turn.streamId}::uuid, turn."answersMessageId", ${answer.id},
        now() + make_interval(secs => ${turn.leaseMs / 1000}::float8),
        ${turn.request?.key ?? null}::text, ${turn.request?.hash ?? null}::text
      from turn
    )
    select exists (select from turn) as "isRegistered", exists (select from turn_chat where "isNewChat") as "isNewChat",
      (select "isFull" from load) as "isFull", ${partial} as "partial",
      ${historyOf(sql`(select "chatId" from turn)`, history)} as history,
      ${unfinishedOf(sql`(select "chatId" from turn)`, history)} as unfinished`
}

/** Stores the message's artifacts. Most messages have none. */
function newArtifacts({ asks }: NewTurn): SQL {
  if (asks.kind !== "submit" || !asks.message.artifacts?.length) return sql.empty()
  return sql`new_artifacts as (
      insert into "Artifact" ("messageId", type, content, position)
      select ${asks.message.id}, entry->>'type', entry->>'content', place
      from turn, jsonb_array_elements(${JSON.stringify(asks.message.artifacts)}::jsonb) with ordinality as list(entry, place)
    ),`
}

/** Keeps files as long as the message that names them. Their owner was checked before. */
function usedFiles({ asks, userId }: NewTurn): SQL {
  const parts = asks.kind === "submit" ? asks.message.parts : []
  const ids = parts.flatMap((part) => (part.type === "file" ? (fileIdOf(part.url) ?? []) : []))
  if (ids.length === 0) return sql.empty()
  return sql`used_files as (
      update "Upload" set "usedAt" = now() from turn
      where "Upload"."userId" = ${userId} and "Upload".id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))
    ),`
}

/** The place of a turn: statements that end with `turn`, and the messages that are its history. */
interface Place {
  place: SQL
  history: SQL
  /** the parts that the answer begins with */
  partial?: SQL
}

function placeOf({ asks, ...turn }: NewTurn): Place {
  if (asks.kind !== "submit") {
    const history = sql`"replacedAt" is null and "Message".seq < (select "before" from turn)`
    if (asks.kind === "regenerate") return { place: inPlaceOf(turn, answerFrom(turn.chatId, asks.messageId)), history }
    const place =
      asks.kind === "decide"
        ? wholeInPlaceOf(turn, waitsAtEnd(turn.chatId, asks.decisions), decidedParts(asks.decisions))
        : wholeInPlaceOf(turn, notWhole(turn.chatId, asks.messageId))
    return { place, history, partial: sql`(select "partial" from turn)` }
  }
  if (asks.replaces === undefined)
    return { place: submitted(turn, asks.message.id), history: sql`"replacedAt" is null` }
  return {
    place: edited(turn, asks.message.id, asks.replaces),
    history: sql`"Message".id in (select id from kept)`,
  }
}

type TurnPlace = Omit<NewTurn, "asks">

/**
 * Appends a message. The first one creates the chat; a chat of another user yields no row. Like every change of the
 * shown branch, it locks the chat first. If another message came just before, the message that was last is hidden
 * once the chat is locked, and nothing is registered.
 */
function submitted(turn: TurnPlace, messageId: string): SQL {
  return sql`
    turn_chat as (
      insert into "Chat" (id, "userId", agent, title)
      select ${turn.chatId}::uuid, payer.id, ${turn.agent}, ${turn.title} from payer
      on conflict (id) do update set "updatedAt" = now() where "Chat"."userId" = excluded."userId"
      returning id, xmax = 0 as "isNewChat"
    ),
    last as (
      select "Message".id from "Message" join turn_chat on "Message"."chatId" = turn_chat.id
      where "replacedAt" is null order by seq desc limit 1 for update of "Message"
    ),
    turn as (
      select turn_chat.id as "chatId", ${messageId}::text as "answersMessageId", last.id as "parentId"
      from turn_chat left join last on true
      where last.id is not null
        or not exists (select from "Message" where "chatId" = turn_chat.id and "replacedAt" is null)
    )`
}

/** Opens a branch beside the edited message. Only the messages that lead to both are shown, whatever was shown before. */
function edited(turn: TurnPlace, messageId: string, replacedId: string): SQL {
  return sql`
    edited as (
      select id, "parentId" from "Message"
      where id = ${replacedId} and "chatId" = ${turn.chatId}::uuid and role = 'user'
    ),
    kept as (
      select "Message".id, "Message"."parentId" from "Message" join edited on "Message".id = edited."parentId"
      union all
      select "Message".id, "Message"."parentId" from "Message" join kept on "Message".id = kept."parentId"
    ),
    turn_chat as (
      update "Chat" set "updatedAt" = now() from payer, edited
      where "Chat".id = ${turn.chatId}::uuid and "Chat"."userId" = payer.id returning "Chat".id, false as "isNewChat"
    ),
    turn as (
      select turn_chat.id as "chatId", ${messageId}::text as "answersMessageId", edited."parentId" from turn_chat, edited
    ),
    shown as (
      update "Message"
      set "replacedAt" = case when id in (select id from kept) then null else coalesce("replacedAt", now()) end
      from turn where "Message"."chatId" = turn."chatId"
    )`
}

/** Selects the named answer, or the one after the named question; by default the last one. */
function answerFrom(chatId: string, messageId: string | undefined): SQL {
  if (messageId === undefined) return sql`true order by seq desc`
  return sql`seq >= (
    select seq from "Message" where id = ${messageId} and "chatId" = ${chatId}::uuid and "replacedAt" is null
  ) order by seq`
}

function notWhole(chatId: string, messageId: string | undefined): SQL {
  return sql`"Message".id = ${messageId ?? lastAnswer(chatId)} and ${canBeContinued}`
}

/**
 * Replaces an answer, which stays stored but hidden, with everything that followed it. The chat is locked before it
 * is read, and counts as used only if there is an answer to replace.
 */
function inPlaceOf(turn: TurnPlace, answer: SQL, { partial = sql`parts`, mark = sql`metadata` } = {}): SQL {
  return sql`
    turn_chat as (
      select "Chat".id, false as "isNewChat" from "Chat" join payer on "Chat"."userId" = payer.id
      where "Chat".id = ${turn.chatId}::uuid for no key update of "Chat"
    ),
    turn as (
      select "chatId", "Message".id as "answersMessageId", seq as "before", "parentId", ${partial} as "partial"
      from "Message", turn_chat
      where "chatId" = turn_chat.id and role = 'assistant' and "replacedAt" is null and ${answer} limit 1
      for update of "Message"
    ),
    used as (update "Chat" set "updatedAt" = now() from turn where "Chat".id = turn."chatId"),
    replaced as (
      update "Message" set "replacedAt" = now(),
        metadata = case when "Message".id = turn."answersMessageId" then ${mark} else metadata end
      from turn
      where "Message"."chatId" = turn."chatId" and seq >= turn."before" and "replacedAt" is null
    )`
}

/** Replaces an answer by one that includes it, so the first is no longer an alternative of its own. */
function wholeInPlaceOf(turn: TurnPlace, answer: SQL, partial?: SQL): SQL {
  const mark = sql`metadata || jsonb_build_object('continuedBy', ${turn.answer.id}::text)`
  return inPlaceOf(turn, answer, { mark, ...(partial && { partial }) })
}
