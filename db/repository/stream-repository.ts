import { and, asc, eq, isNull, lt, type SQL, sql } from "drizzle-orm"
import type { Db } from "#db/db.ts"
import { urgently } from "#db/pool-queue.ts"
import { chat, chatStream, message } from "#db/schema.ts"
import type { EventId } from "#lib/chat-protocol.ts"
import type { GrowingSave } from "#lib/chunks/pieces.ts"
import { sharedQuery } from "./shared-query.ts"
import {
  type Claim,
  type ClaimedGeneration,
  claimDead,
  type EndedGeneration,
  endGeneration,
} from "./turns/end-generation.ts"
import { saveGrowing } from "./turns/save-growing.ts"

export interface StreamRow {
  streamId: string
  /** the assistant message that it fills */
  messageId: string
  isRunning: boolean
  /** running, but its producer no longer renews its lease */
  isDead: boolean
  /** rises with each process that takes the stream over, to continue or end it */
  epoch: number
  lastEventId: EventId | null
}

/** A producer's claim to a stream. It is void once another process has taken the stream over under a later epoch. */
export interface Lease {
  streamId: string
  epoch: number
}

/** Stores the streams of answers: who writes which, how far each has come, and how it ended. */
export interface StreamRepository {
  /**
   * Appends what is new of a growing answer. A save whose reply got lost must be repeated as it was: nothing is
   * appended twice.
   * @returns undefined if this generation may write no more: it has ended, or another process has taken it over
   */
  saveGrowing(streamId: string, epoch: number, save: GrowingSave): Promise<{ isStopRequested: boolean } | undefined>

  /**
   * Writes how a generation ended, with its charge, once and in one statement. Safe to repeat if the reply got
   * lost.
   * @returns false if the generation had ended in another way before
   */
  end(ended: EndedGeneration): Promise<boolean>

  /**
   * Renews the leases of these streams.
   * @returns the streams that must stop: a user asked for it, or they have ended, or another process has taken them
   * over
   */
  renewLeases(leases: Lease[], leaseMs: number): Promise<string[]>

  /** Releases the leases of these streams, so that another process can take them over at once. */
  releaseLeases(leases: Lease[]): Promise<void>

  /** Takes over what a dead producer left. @returns undefined if the producer is alive, or another process was faster */
  claimDead(claim: Claim): Promise<ClaimedGeneration | undefined>
  /** @returns running streams whose producer is dead, the longest dead first */
  listDead(limit: number): Promise<string[]>

  requestStop(streamId: string): Promise<void>

  find(streamId: string): Promise<StreamRow | undefined>
  /** @returns undefined where this user has no such stream */
  findOwn(streamId: string, userId: string): Promise<StreamRow | undefined>
  /**
   * Finds the stream that runs, else that of the newest answer that is shown.
   * @returns undefined if this user has no such chat; `stream` is undefined if the chat has none yet
   */
  findNewest(chatId: string, userId: string): Promise<{ stream: StreamRow | undefined } | undefined>
  /** Returns true if the stream belongs to the chat, however old it is: Redis forgets streams, the database does not. */
  isOfChat(streamId: string, chatId: string): Promise<boolean>
}

export function streamRepository(db: Db): StreamRepository {
  // Many readers of one answer come at once when a server restarts.
  const newest = sharedQuery<{ stream: StreamRow | undefined } | undefined>()
  return {
    end: (ended) => endGeneration(db, ended),
    claimDead: (claim) => claimDead(db, claim),

    saveGrowing: (streamId, epoch, save) => saveGrowing(db, { streamId, epoch }, save),

    async renewLeases(leases, leaseMs) {
      if (leases.length === 0) return []
      // Ahead of requests: behind a burst of them the leases would run out, and other processes would take over.
      const renewed = await urgently(async () =>
        db
          .update(chatStream)
          .set({ leaseExpiresAt: sql`now() + make_interval(secs => ${leaseMs / 1000}::float8)` })
          .where(isAmong(leases))
          .returning({ streamId: chatStream.streamId, stopRequestedAt: chatStream.stopRequestedAt }),
      )
      // A missing stream has to stop too: its chat was deleted.
      const wanted = new Set(renewed.filter((row) => row.stopRequestedAt === null).map((row) => row.streamId))
      return leases.map(({ streamId }) => streamId).filter((streamId) => !wanted.has(streamId))
    },

    async releaseLeases(leases) {
      if (leases.length === 0) return
      await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 millisecond'` }).where(isAmong(leases))
    },

    async listDead(limit) {
      const rows = await db
        .select({ streamId: chatStream.streamId })
        .from(chatStream)
        .where(and(isNull(chatStream.endedAt), lt(chatStream.leaseExpiresAt, sql`now()`)))
        .orderBy(asc(chatStream.leaseExpiresAt))
        .limit(limit)
      return rows.map((row) => row.streamId)
    },

    async requestStop(streamId) {
      await db
        .update(chatStream)
        .set({ stopRequestedAt: sql`coalesce(${chatStream.stopRequestedAt}, now())` })
        .where(and(eq(chatStream.streamId, streamId), isNull(chatStream.endedAt)))
    },

    async find(streamId) {
      const [row] = await db.select(streamColumns).from(chatStream).where(eq(chatStream.streamId, streamId))
      return row as StreamRow | undefined
    },

    async findOwn(streamId, userId) {
      const [row] = await db
        .select(streamColumns)
        .from(chatStream)
        .innerJoin(chat, eq(chat.id, chatStream.chatId))
        .where(and(eq(chatStream.streamId, streamId), eq(chat.userId, userId)))
      return row as StreamRow | undefined
    },

    findNewest(chatId, userId) {
      return newest(`${chatId} ${userId}`, async () => {
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
      })
    },

    async isOfChat(streamId, chatId) {
      const rows = await db
        .select({ id: chatStream.id })
        .from(chatStream)
        .where(and(eq(chatStream.chatId, chatId), eq(chatStream.streamId, streamId)))
      return rows.length > 0
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
