/**
 * What a user's tabs hear of, on every server: turns that begin and end, chats that come and go. Pub/sub is a hint and
 * the database the truth: it is read before anything is told, and again every few seconds.
 */
import { randomUUID } from "node:crypto"
import { z } from "zod"
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import { finalStatuses, isFinal, type UserEvent, type UserNews } from "#lib/chat-protocol.ts"
import { parsedJson } from "#lib/parsed-json.ts"
import type { Store, Subscription } from "#lib/relay/stores/store.ts"
import { type UserFeed, userFeed } from "./user-feed.ts"

export interface UserEvents {
  /** Tells the user's tabs, whichever server they ask. Never waits, never throws: who misses it finds it in the database. */
  publish(userId: string, ...news: UserNews[]): void
  /**
   * What runs, then what happens from there: each turn's beginning and end once.
   * @throws what the database threw
   */
  follow(userId: string): Promise<ReadableStream<UserEvent>>
  /** Tells of turns that nobody heard of otherwise. Called by the own timer; tests call it themselves. */
  look(): Promise<void>
  close(): Promise<void>
}

export interface UserEventsOptions {
  repository: { turns: Pick<ChatRepository["turns"], "list"> }
  store: Pick<Store, "publish" | "subscribe">
  onProblem: (error: unknown) => void
}

/** All users share it: a server's one subscription is cheaper than one a user, and news are few. */
const channel = "user-events"
/** How late a turn is told of at most whose news got lost; one statement for all users who listen. */
const lookEveryMs = 5_000
/** So many looks between two states that are told for the sake of chats: their coming and going no look finds out. */
const looksAState = 60

export function userEvents({ repository, store, onProblem }: UserEventsOptions): UserEvents {
  const processId = randomUUID()
  const feeds = new Map<string, UserFeed>()
  let listening: Promise<void> | undefined
  let subscription: Subscription | undefined
  let timer: NodeJS.Timeout | undefined
  let isDeaf = false
  let isBehind = false
  let looks = 0

  function feedOf(userId: string): UserFeed {
    const known = feeds.get(userId)
    if (known) return known
    const feed = userFeed({ onIdle: () => forget(userId) })
    feeds.set(userId, feed)
    timer ??= setInterval(() => void look(), lookEveryMs).unref()
    return feed
  }

  function forget(userId: string): void {
    feeds.delete(userId)
    if (feeds.size === 0) void stopListening()
  }

  /** Without a subscription there are the looks, and each tries for one. */
  async function listen(): Promise<void> {
    try {
      subscription = await store.subscribe(channel, hear, () => void resync())
      if (isDeaf) void resync()
      isDeaf = false
    } catch (error) {
      listening = undefined
      isDeaf = true
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

  function hear(text: string): void {
    const message = messageSchema.safeParse(parsedJson(text))
    // A newer server may tell of things that are not known here yet.
    if (message.success && message.data.from !== processId) tell(message.data.userId, message.data.news)
  }

  function tell(userId: string, news: UserNews[]): void {
    const feed = feeds.get(userId)
    for (const item of news) feed?.apply(item)
  }

  /** What the database says overrules what was heard; what was told since it was asked is left alone. */
  async function readTurns(asked: Map<string, UserFeed>): Promise<void> {
    const known = [...asked.values()].flatMap((feed) => feed.running().map((turn) => ({ ...turn, feed })))
    const rows = await repository.turns.list({
      userIds: [...asked.keys()],
      streamIds: known.map(({ streamId }) => streamId),
    })
    const knowing = new Map(known.map(({ streamId, feed }) => [streamId, feed]))
    for (const { userId, isRunning, status, ...turn } of rows) {
      // A guest who has signed up meanwhile owns it no more, and is still owed its end.
      const feed = knowing.get(turn.streamId) ?? asked.get(userId)
      feed?.apply({ type: "turn-started", ...turn })
      if (!isRunning && isFinal(status)) feed?.apply({ type: "turn-ended", ...turn, status })
      knowing.delete(turn.streamId)
    }
    for (const { streamId, chatId, feed } of known)
      if (knowing.has(streamId) && feed.runs(streamId)) feed.apply({ type: "chat-deleted", chatId })
  }

  async function look(): Promise<void> {
    if (feeds.size === 0) return
    looks += 1
    listening ??= listen()
    await listening
    if (isBehind || looks % looksAState === 0) return resync()
    await readTurns(new Map(feeds)).catch(fallBehind)
  }

  /** News may have been lost, of chats too: the tabs read their lists anew. */
  async function resync(): Promise<void> {
    try {
      await readTurns(new Map(feeds))
      isBehind = false
      for (const feed of feeds.values()) feed.tellState()
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
      tell(userId, news)
      store.publish(channel, JSON.stringify({ from: processId, userId, news } satisfies Message)).catch(onProblem)
    },

    // Listen, then read, then go live.
    async follow(userId) {
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

    look,
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
  /** the process that told: it has told its own tabs already */
  from: z.string(),
  userId: z.string(),
  news: z.array(newsSchema),
})
type Message = z.infer<typeof messageSchema>
