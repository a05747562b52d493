import type { RunningTurn, UserEvent, UserNews } from "#lib/chat-protocol.ts"

/** One user's tabs at this process. All of them know the same at every moment. */
export interface UserFeed {
  /** Lists the running turns that the tabs know of. */
  running(): RunningTurn[]
  runs(streamId: string): boolean
  /** Sends news to all readers, unless they know it: each turn begins once and ends once. */
  apply(news: UserNews): void
  /** Sends the full state to all readers. */
  emitState(): void
  /** Streams the state, then all news from now on. */
  read(): ReadableStream<UserEvent>
  /** Keeps the feed while it has no reader yet. @returns a function that releases it */
  hold(): () => void
  close(): void
}

/** Remembered so that news which come both by message and from the database are sent once. */
const factsRemembered = 200
/** A reader with more unread events than this no longer reads. */
const maxUnread = 1_000

export function userFeed({ onIdle }: { onIdle: () => void }): UserFeed {
  const running = new Map<string, RunningTurn>()
  const known = new Set<string>()
  const readers = new Set<ReadableStreamDefaultController<UserEvent>>()
  let holds = 0

  function isNews(news: UserNews): boolean {
    switch (news.type) {
      case "turn-started": {
        const { type: _, ...turn } = news
        if (running.has(turn.streamId) || known.has(`ended ${turn.streamId}`)) return false
        running.set(turn.streamId, turn)
        return true
      }
      case "turn-ended":
        running.delete(news.streamId)
        return isFirst(`ended ${news.streamId}`)
      case "chat-deleted":
        for (const { chatId, streamId } of running.values()) if (chatId === news.chatId) running.delete(streamId)
        known.delete(`created ${news.chatId}`)
        return isFirst(`deleted ${news.chatId}`)
      case "chat-created":
        known.delete(`deleted ${news.chatId}`)
        return isFirst(`created ${news.chatId}`)
      case "chat-renamed":
        return true
    }
  }

  function isFirst(fact: string): boolean {
    if (known.has(fact)) return false
    known.add(fact)
    const [oldest] = known
    if (known.size > factsRemembered && oldest !== undefined) known.delete(oldest)
    return true
  }

  function emit(event: UserEvent): void {
    for (const reader of readers) {
      reader.enqueue(event)
      if ((reader.desiredSize ?? 0) < -maxUnread) cutOff(reader)
    }
  }

  function cutOff(reader: ReadableStreamDefaultController<UserEvent>): void {
    readers.delete(reader)
    reader.error(new Error("the reader does not read"))
    reportIdle()
  }

  function reportIdle(): void {
    if (readers.size === 0 && holds === 0) onIdle()
  }

  const state = (): UserEvent => ({ type: "state", running: [...running.values()] })

  return {
    running: () => [...running.values()],
    runs: (streamId) => running.has(streamId),
    apply(news) {
      if (isNews(news)) emit(news)
    },
    emitState: () => emit(state()),
    read() {
      let own: ReadableStreamDefaultController<UserEvent>
      return new ReadableStream<UserEvent>({
        start(controller) {
          own = controller
          readers.add(controller)
          controller.enqueue(state())
        },
        cancel() {
          readers.delete(own)
          reportIdle()
        },
      })
    },
    hold() {
      holds += 1
      return () => {
        holds -= 1
        reportIdle()
      }
    },
    close() {
      for (const reader of readers) reader.close()
      readers.clear()
    },
  }
}
