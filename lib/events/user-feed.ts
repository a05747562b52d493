import type { RunningTurn, UserEvent, UserNews } from "#lib/chat-protocol.ts"

/** What one user's tabs at this process know: all the same, at every moment. */
export interface UserFeed {
  /** What was told so far, as to turns. */
  running(): RunningTurn[]
  runs(streamId: string): boolean
  /** Tells it to all readers, unless they know: each turn begins once and ends once. */
  apply(news: UserNews): void
  tellState(): void
  /** The state, then what is told from now on. */
  read(): ReadableStream<UserEvent>
  /** Keeps the feed while nobody reads yet. @returns what lets it go */
  hold(): () => void
  close(): void
}

/** What is heard may have been seen in the database before, or the other way round. */
const factsRemembered = 200
/** A reader with so many events unread does not read any more. */
const mostUnread = 1_000

export function userFeed({ onIdle }: { onIdle: () => void }): UserFeed {
  const running = new Map<string, RunningTurn>()
  const told = new Set<string>()
  const readers = new Set<ReadableStreamDefaultController<UserEvent>>()
  let holds = 0

  function isNews(news: UserNews): boolean {
    switch (news.type) {
      case "turn-started": {
        const { type: _, ...turn } = news
        if (running.has(turn.streamId) || told.has(`ended ${turn.streamId}`)) return false
        running.set(turn.streamId, turn)
        return true
      }
      case "turn-ended":
        running.delete(news.streamId)
        return isFirst(`ended ${news.streamId}`)
      case "chat-deleted":
        for (const { chatId, streamId } of running.values()) if (chatId === news.chatId) running.delete(streamId)
        told.delete(`created ${news.chatId}`)
        return isFirst(`deleted ${news.chatId}`)
      case "chat-created":
        told.delete(`deleted ${news.chatId}`)
        return isFirst(`created ${news.chatId}`)
      case "chat-renamed":
        return true
    }
  }

  function isFirst(fact: string): boolean {
    if (told.has(fact)) return false
    told.add(fact)
    const [oldest] = told
    if (told.size > factsRemembered && oldest !== undefined) told.delete(oldest)
    return true
  }

  function tell(event: UserEvent): void {
    for (const reader of readers) {
      reader.enqueue(event)
      if ((reader.desiredSize ?? 0) < -mostUnread) cutOff(reader)
    }
  }

  function cutOff(reader: ReadableStreamDefaultController<UserEvent>): void {
    readers.delete(reader)
    reader.error(new Error("the reader does not read"))
    idleIfSo()
  }

  function idleIfSo(): void {
    if (readers.size === 0 && holds === 0) onIdle()
  }

  const state = (): UserEvent => ({ type: "state", running: [...running.values()] })

  return {
    running: () => [...running.values()],
    runs: (streamId) => running.has(streamId),
    apply(news) {
      if (isNews(news)) tell(news)
    },
    tellState: () => tell(state()),
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
          idleIfSo()
        },
      })
    },
    hold() {
      holds += 1
      return () => {
        holds -= 1
        idleIfSo()
      }
    },
    close() {
      for (const reader of readers) reader.close()
      readers.clear()
    },
  }
}
