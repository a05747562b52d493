import type { UserEvent } from "#lib/chat-protocol.ts"
import { joinSharedFeed, type SharedFeed } from "#lib/transports/shared-feed.ts"

type Listener = (event: UserEvent) => void

const listeners = new Map<string, Set<Listener>>()
const feeds = new Map<string, SharedFeed>()
/** Going to another chat takes one page away and brings another: the feed is kept meanwhile. */
const lingerMs = 5_000

/**
 * Listens to what happens in a user's chats; what runs is told first.
 * @returns ends the listening
 */
export function subscribeToFeed(userKey: string, onEvent: Listener): () => void {
  const others = listeners.get(userKey) ?? new Set()
  listeners.set(userKey, others.add(onEvent))
  const feed = feeds.get(userKey)
  if (!feed) join(userKey)
  else if (feed.state) onEvent(feed.state)
  return () => {
    others.delete(onEvent)
    setTimeout(() => others.size === 0 && leave(userKey), lingerMs)
  }
}

function join(userKey: string): void {
  feeds.set(
    userKey,
    joinSharedFeed({
      name: `rejoin:events:${userKey}`,
      onEvent(event) {
        for (const listener of listeners.get(userKey) ?? []) listener(event)
      },
    }),
  )
}

function leave(userKey: string): void {
  feeds.get(userKey)?.leave()
  feeds.delete(userKey)
}

// A browser keeps no page for the back button that holds a lock or a connection.
if (typeof window !== "undefined") {
  window.addEventListener("pagehide", () => {
    for (const userKey of feeds.keys()) leave(userKey)
  })
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return
    for (const [userKey, listening] of listeners) if (listening.size > 0) join(userKey)
  })
}
