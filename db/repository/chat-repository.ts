/**
 * All that chats store and find. Whoever asks is part of every question: to anyone but its owner a chat does not exist.
 * Passes `tests/contracts/chat-repository-contract.ts` on every driver.
 */
import { and, asc, eq, isNull, lt, type SQL, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { isAwaited } from "#db/deadline.ts"
import { urgently } from "#db/pool-queue.ts"
import { chat, chatStream, message } from "#db/schema.ts"
import type { ChatMessage, ChatMessagePart, ChatSummary, EventId } from "#lib/chat-protocol.ts"
import { type DeleteOutcome, deleteChat } from "./delete-chat.ts"
import { addCompaction, findHistory, type HistoryMessage, lastAnswer, type NewCompaction } from "./history.ts"
import { type ChatSearch, type ChatsPage, findSummary, listChats, searchChats } from "./list-chats.ts"
import { chatMessage, listMessages } from "./list-messages.ts"
import { type BranchOutcome, showBranch } from "./show-branch.ts"
import {
  type Claim,
  type ClaimedGeneration,
  claimDead,
  type EndedGeneration,
  endGeneration,
} from "./turns/end-generation.ts"
import { listRunning, type RunningRow } from "./turns/list-running.ts"
import { registerTurn } from "./turns/register-turn.ts"
import { listTurns, type TurnRow } from "./turns/running-turns.ts"
import type { NewTurn, TurnOutcome } from "./turns/turn.ts"

export interface StreamRow {
  streamId: string
  /** the assistant message it writes */
  messageId: string
  isRunning: boolean
  /** running, but its producer gives no sign of life any more */
  isDead: boolean
  /** rises with each process that takes it over, to go on with it or to end it */
  epoch: number
  lastEventId: EventId | null
}

/** A producer's own: to whom the stream belongs under a later epoch, it means nothing. */
export interface Lease {
  streamId: string
  epoch: number
}

export interface ChatRepository {
  registerTurn(turn: NewTurn): Promise<TurnOutcome>

  /**
   * Saves the answer as it grows.
   * @returns undefined where this generation may write no more (ended, or carried on by another process)
   */
  saveGrowing(
    streamId: string,
    epoch: number,
    parts: ChatMessagePart[],
  ): Promise<{ isStopRequested: boolean } | undefined>

  /**
   * Writes how a generation ended, with its charge: one transaction, once. Safe to repeat when its answer got lost.
   * @returns false where it had ended otherwise before
   */
  endGeneration(ended: EndedGeneration): Promise<boolean>

  /**
   * Says that these streams' producer lives.
   * @returns those that are to stop: somebody asked for it, or they have ended, or another process carries them on
   */
  renewLeases(leases: Lease[], leaseMs: number): Promise<string[]>

  /** Says that these streams' producer is gone: whoever looks next may carry them on. */
  releaseLeases(leases: Lease[]): Promise<void>

  /** Takes over what a dead producer left behind. @returns undefined where it lives, or somebody else was faster */
  claimDead(claim: Claim): Promise<ClaimedGeneration | undefined>
  /** @returns running streams without a sign of life, the longest dead first */
  listDead(limit: number): Promise<string[]>
  /** @returns the turns of these users that run or have ended within 20 s, and those of these streams, as far as they exist */
  listTurns(asked: { userIds: string[]; streamIds: string[] }): Promise<TurnRow[]>
  /** @returns what runs, for all users and processes, the oldest first */
  listRunning(limit: number): Promise<RunningRow[]>

  requestStop(streamId: string): Promise<void>

  /**
   * The stream that runs, else that of the newest answer that is shown.
   * @returns undefined where this user has no such chat; `stream` undefined where it has none yet
   */
  findNewestStream(chatId: string, userId: string): Promise<{ stream: StreamRow | undefined } | undefined>
  findStream(streamId: string): Promise<StreamRow | undefined>
  /** What the registry in Redis forgets, the audit trail remembers. */
  hasStream(chatId: string, streamId: string): Promise<boolean>

  /** @returns undefined where this user has no such chat */
  findChat(chatId: string, userId: string): Promise<{ agent: string; title: string } | undefined>
  /** Who gave the newest answer that is shown. @returns undefined where this user has no such chat */
  findAnswering(chatId: string, userId: string): Promise<{ agent: string; model: string | undefined } | undefined>
  findMessage(messageId: string): Promise<ChatMessage | undefined>
  /** The branch that is shown. @returns undefined where this user has no such chat */
  listMessages(chatId: string, userId: string): Promise<ChatMessage[] | undefined>
  /** Shows the branch a message is on, to its newest end; nothing is changed where something is being written. */
  showBranch(branch: { chatId: string; userId: string; messageId: string }): Promise<BranchOutcome>
  /** What the next turn's prompt would begin with. */
  findHistory(chatId: string): Promise<HistoryMessage[]>
  /** From now on a summary stands for all up to a message, on the branches that message is on. */
  addCompaction(compaction: NewCompaction): Promise<void>
  /** @param cursor the last page's `nextCursor` @throws ChatError "invalid_cursor" */
  listChats(userId: string, limit: number, cursor?: string): Promise<ChatsPage>
  /** @returns one of them; undefined where this user has no such chat */
  findSummary(chatId: string, userId: string): Promise<ChatSummary | undefined>
  /** The same of those that have a text. @throws ChatError "invalid_cursor" */
  searchChats(search: ChatSearch): Promise<ChatsPage>
  /** @returns false where this user has no such chat */
  renameChat(renamed: { chatId: string; userId: string; title: string }): Promise<boolean>
  /** Gives a chat a better title. @returns its owner; undefined where somebody has given it another one meanwhile */
  retitleChat(better: { chatId: string; from: string; to: string }): Promise<{ userId: string } | undefined>
  /** As `deleteChat` says. */
  deleteChat(chatId: string, userId: string, askedMsAgo?: number): Promise<DeleteOutcome>
}

export function chatRepository(db: Db): ChatRepository {
  return {
    registerTurn: (turn) => registerTurn(db, turn),
    endGeneration: (ended) => endGeneration(db, ended),
    async releaseLeases(leases) {
      if (leases.length === 0) return
      await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 millisecond'` }).where(isAmong(leases))
    },

    claimDead: (claim) => claimDead(db, claim),
    listTurns: (asked) => listTurns(db, asked),
    listRunning: (limit) => listRunning(db, limit),

    async listDead(limit) {
      const rows = await db
        .select({ streamId: chatStream.streamId })
        .from(chatStream)
        .where(and(isNull(chatStream.endedAt), lt(chatStream.leaseExpiresAt, sql`now()`)))
        .orderBy(asc(chatStream.leaseExpiresAt))
        .limit(limit)
      return rows.map((row) => row.streamId)
    },

    async saveGrowing(streamId, epoch, parts) {
      const [row] = rowsOf<{ isStopRequested: boolean }>(
        await db.execute(sql`
          with stream as (
            select "messageId", "stopRequestedAt" from "ChatStream"
            where "streamId" = ${streamId}::uuid and epoch = ${epoch} and "endedAt" is null
            -- Locked, so that the end is looked at after a wait: a save that was given up must not come after it.
            for no key update
          )
          update "Message" set parts = ${JSON.stringify(parts)}::jsonb, status = 'STREAMING', "updatedAt" = now()
          from stream where "Message".id = stream."messageId" and ${isAwaited}
          returning stream."stopRequestedAt" is not null as "isStopRequested"`),
      )
      return row
    },

    async renewLeases(leases, leaseMs) {
      if (leases.length === 0) return []
      // Behind a burst of requests the leases would run out, and others take over what is being written here.
      const renewed = await urgently(async () =>
        db
          .update(chatStream)
          .set({ leaseExpiresAt: sql`now() + make_interval(secs => ${leaseMs / 1000}::float8)` })
          .where(isAmong(leases))
          .returning({ streamId: chatStream.streamId, stopRequestedAt: chatStream.stopRequestedAt }),
      )
      // One that is not there any more has nothing left to write to: its chat was deleted.
      const wanted = new Set(renewed.filter((row) => row.stopRequestedAt === null).map((row) => row.streamId))
      return leases.map(({ streamId }) => streamId).filter((streamId) => !wanted.has(streamId))
    },

    async requestStop(streamId) {
      await db
        .update(chatStream)
        .set({ stopRequestedAt: sql`coalesce(${chatStream.stopRequestedAt}, now())` })
        .where(and(eq(chatStream.streamId, streamId), isNull(chatStream.endedAt)))
    },

    async findNewestStream(chatId, userId) {
      const [row] = await db
        .select({ chatId: chat.id, stream: streamColumns })
        .from(chat)
        .leftJoin(chatStream, eq(chatStream.chatId, chat.id))
        .leftJoin(message, eq(message.id, chatStream.messageId))
        .where(and(eq(chat.id, chatId), eq(chat.userId, userId)))
        .orderBy(
          sql`${chatStream.endedAt} is null desc, ${message.replacedAt} is null desc, ${message.seq} desc, ${chatStream.createdAt} desc`,
        )
        .limit(1)
      return row && { stream: row.stream?.streamId ? (row.stream as StreamRow) : undefined }
    },

    async findStream(streamId) {
      const [row] = await db.select(streamColumns).from(chatStream).where(eq(chatStream.streamId, streamId))
      return row as StreamRow | undefined
    },

    async hasStream(chatId, streamId) {
      const rows = await db
        .select({ id: chatStream.id })
        .from(chatStream)
        .where(and(eq(chatStream.chatId, chatId), eq(chatStream.streamId, streamId)))
      return rows.length > 0
    },

    async findChat(chatId, userId) {
      const [row] = await db
        .select({ agent: chat.agent, title: chat.title })
        .from(chat)
        .where(and(eq(chat.id, chatId), eq(chat.userId, userId)))
      return row
    },

    async findAnswering(chatId, userId) {
      const [row] = await db
        .select({ agent: chat.agent, metadata: message.metadata })
        .from(chat)
        .leftJoin(message, eq(message.id, lastAnswer(chatId)))
        .where(and(eq(chat.id, chatId), eq(chat.userId, userId)))
      return row && { agent: row.agent, model: row.metadata?.model }
    },

    async findMessage(messageId) {
      const [row] = await db.select().from(message).where(eq(message.id, messageId))
      return row && chatMessage(row)
    },

    listMessages: (chatId, userId) => listMessages(db, chatId, userId),
    showBranch: (branch) => showBranch(db, branch),
    findHistory: (chatId) => findHistory(db, chatId),
    addCompaction: (compaction) => addCompaction(db, compaction),

    listChats: (userId, limit, cursor) => listChats(db, userId, limit, cursor),
    findSummary: (chatId, userId) => findSummary(db, chatId, userId),
    searchChats: (search) => searchChats(db, search),
    deleteChat: (chatId, userId, askedMsAgo) => deleteChat(db, chatId, userId, askedMsAgo),

    async renameChat({ chatId, userId, title }) {
      const renamed = await db
        .update(chat)
        .set({ title })
        .where(and(eq(chat.id, chatId), eq(chat.userId, userId)))
        .returning({ id: chat.id })
      return renamed.length > 0
    },

    async retitleChat({ chatId, from, to }) {
      const [owner] = await db
        .update(chat)
        .set({ title: to })
        .where(and(eq(chat.id, chatId), eq(chat.title, from)))
        .returning({ userId: chat.userId })
      return owner
    },
  }
}

function isAmong(leases: Lease[]): SQL | undefined {
  const pairs = leases.map(({ streamId, epoch }) => sql`(${streamId}::uuid, ${epoch}::integer)`)
  return and(
    sql`(${chatStream.streamId}, ${chatStream.epoch}) in (${sql.join(pairs, sql`, `)})`,
    isNull(chatStream.endedAt),
  )
}

const streamColumns = {
  streamId: chatStream.streamId,
  messageId: chatStream.messageId,
  isRunning: sql<boolean>`${chatStream.endedAt} is null`,
  isDead: sql<boolean>`${chatStream.endedAt} is null and ${chatStream.leaseExpiresAt} < now()`,
  epoch: chatStream.epoch,
  lastEventId: chatStream.lastEventId,
}
