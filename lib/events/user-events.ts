/**
 * Tells a user's tabs, on every server, of turns that begin and end, and of chats that are created and deleted.
 * Pub/sub is a hint and the database the truth: it is read before a tab is told anything, and again every few
 * seconds.
 */
import { randomUUID } from "node:crypto"
import { z } from "zod"
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import { finalStatuses, isFinal, type UserEvent, type UserNews } from "#lib/chat-protocol.ts"
import { parsedJson } from "#lib/parsed-json.ts"
import type { Store, Subscription } from "#lib/relay/stores/store.ts"
import { type UserFeed, userFeed } from "./user-feed.ts"

export interface UserEvents {
  /** Tells the user's tabs on every server. Never waits, never throws: a tab that misses news gets it from the database. */
  publish(userId: string, ...news: UserNews[]): void
  /**
   * Streams what runs, then what happens from there: each turn's beginning and end once.
   * @throws what the database threw
   */
  subscribe(userId: string): Promise<ReadableStream<UserEvent>>
  /** Reads the database for turns whose news got lost. A timer calls it; tests call it themselves. */
  poll(): Promise<void>
  close(): Promise<void>
}

export interface UserEventsOptions {
  repository: { turns: Pick<ChatRepository["turns"], "list"> }
  store: Pick<Store, "publish" | "subscribe">
  onProblem: (error: unknown) => void
}

/** All users share one channel: one subscription per server is cheaper than one per user, and events are few. */
const channel = "user-events"
/** The longest delay of a turn whose news got lost. One statement serves all users who listen. */
const pollEveryMs = 5_000
/**
 * Polls between two full states. A poll does not notice chats that were created or deleted, so tabs then reload their
 * lists.
 */
const pollsPerState = 60

export function userEvents({ repository, store, onProblem }: UserEventsOptions): UserEvents {
  const processId = randomUUID()
  const feeds = new Map<string, UserFeed>()
  let listening: Promise<void> | undefined
  let subscription: Subscription | undefined
  let timer: NodeJS.Timeout | undefined
  let isUnsubscribed = false
  let isBehind = false
  let polls = 0

  function feedOf(userId: string): UserFeed {
    const known = feeds.get(userId)
    if (known) return known
    const feed = userFeed({ onIdle: () => forget(userId) })
    feeds.set(userId, feed)
    timer ??= setInterval(() => void poll(), pollEveryMs).unref()
    return feed
  }

  function forget(userId: string): void {
    feeds.delete(userId)
    if (feeds.size === 0) void stopListening()
  }

  /** Subscribes. Without a subscription there are still the polls, and each of them tries to subscribe. */
  async function listen(): Promise<void> {
    try {
      subscription = await store.subscribe(channel, onMessage, () => void resync())
      if (isUnsubscribed) void resync()
      isUnsubscribed = false
    } catch (error) {
      listening = undefined
      isUnsubscribed = true
      onProblem(error)
    }
  }

  async function stopListening(): Promise<void> {
    clearInterval(timer)
    timer = undefined
    await listening
    if (feeds.size > 0) return
    const left = subscription
    subscription = undefined
    listening = undefined
    await left?.close()
  }

  function onMessage(text: string): void {
    const message = messageSchema.safeParse(parsedJson(text))
    // A newer server may send news of a type that this one does not know.
    if (message.success && message.data.from !== processId) emit(message.data.userId, message.data.news)
  }

  function emit(userId: string, news: UserNews[]): void {
    const feed = feeds.get(userId)
    for (const item of news) feed?.apply(item)
  }

  /**
   * Reads turns from the database, which overrules messages. What tabs were told since the query began is left alone.
   */
  async function readTurns(asked: Map<string, UserFeed>): Promise<void> {
    const known = [...asked.values()].flatMap((feed) => feed.running().map((turn) => ({ ...turn, feed })))
    const rows = await repository.turns.list({
      userIds: [...asked.keys()],
      streamIds: known.map(({ streamId }) => streamId),
    })
    const knowing = new Map(known.map(({ streamId, feed }) => [streamId, feed]))
    for (const { userId, isRunning, status, ...turn } of rows) {
      // A guest who has signed up meanwhile no longer owns the turn, and must still learn of its end.
      const feed = knowing.get(turn.streamId) ?? asked.get(userId)
      feed?.apply({ type: "turn-started", ...turn })
      if (!isRunning && isFinal(status)) feed?.apply({ type: "turn-ended", ...turn, status })
      knowing.delete(turn.streamId)
    }
    for (const { streamId, chatId, feed } of known)
      if (knowing.has(streamId) && feed.runs(streamId)) feed.apply({ type: "chat-deleted", chatId })
  }

  async function poll(): Promise<void> {
    if (feeds.size === 0) return
    polls += 1
    listening ??= listen()
    await listening
    if (isBehind || polls % pollsPerState === 0) return resync()
    await readTurns(new Map(feeds)).catch(fallBehind)
  }

  /** Sends the full state, since news may have been lost, of chats too: tabs then reload their lists. */
  async function resync(): Promise<void> {
    try {
      await readTurns(new Map(feeds))
      isBehind = false
      for (const feed of feeds.values()) feed.emitState()
    } catch (error) {
      fallBehind(error)
    }
  }

  function fallBehind(error: unknown): void {
    isBehind = true
    onProblem(error)
  }

  return {
    publish(userId, ...news) {
      emit(userId, news)
      store.publish(channel, JSON.stringify({ from: processId, userId, news } satisfies Message)).catch(onProblem)
    },

    // The order closes gaps: listen first, then read, then go live.
    async subscribe(userId) {
      const feed = feedOf(userId)
      const release = feed.hold()
      try {
        listening ??= listen()
        await listening
        await readTurns(new Map([[userId, feed]]))
        return feed.read()
      } finally {
        release()
      }
    },

    poll,
    async close() {
      clearInterval(timer)
      for (const feed of feeds.values()) feed.close()
      feeds.clear()
      await stopListening()
    },
  }
}

const turn = { chatId: z.uuid(), streamId: z.uuid(), messageId: z.string() }
const newsSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("turn-started"), ...turn }),
  z.object({ type: z.literal("turn-ended"), ...turn, status: z.enum(finalStatuses) }),
  z.object({ type: z.literal("chat-created"), chatId: z.uuid(), agent: z.string(), title: z.string() }),
  z.object({ type: z.literal("chat-renamed"), chatId: z.uuid(), title: z.string() }),
  z.object({ type: z.literal("chat-deleted"), chatId: z.uuid() }),
]) satisfies z.ZodType<UserNews>
const messageSchema = z.object({
  /** the process that published: it has told its own tabs already */
  from: z.string(),
  userId: z.string(),
  news: z.array(newsSchema),
})
type Message = z.infer<typeof messageSchema>
