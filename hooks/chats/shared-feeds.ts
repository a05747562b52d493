import type { UserEvent } from "#lib/chat-protocol.ts"
import { joinSharedFeed, type SharedFeed } from "#lib/transports/shared-feed.ts"
import { Listeners } from "../browser/listeners.ts"

const listeners = new Map<string, Listeners<UserEvent>>()
const feeds = new Map<string, SharedFeed>()
/** Keeps the feed while one chat's page is replaced by another's. */
const lingerMs = 5_000

/**
 * Subscribes to the events of a user's chats, beginning with the current state.
 * @returns a function that unsubscribes
 */
export function subscribeToFeed(userKey: string, onEvent: (event: UserEvent) => void): () => void {
  const others = listeners.get(userKey) ?? new Listeners<UserEvent>()
  listeners.set(userKey, others)
  const remove = others.add(onEvent)
  const feed = feeds.get(userKey)
  if (!feed) join(userKey)
  else if (feed.state) onEvent(feed.state)
  return () => {
    remove()
    setTimeout(() => others.size === 0 && leave(userKey), lingerMs)
  }
}

function join(userKey: string): void {
  feeds.set(
    userKey,
    joinSharedFeed({
      name: `rejoin:events:${userKey}`,
      onEvent: (event) => listeners.get(userKey)?.notify(event),
    }),
  )
}

function leave(userKey: string): void {
  feeds.get(userKey)?.leave()
  feeds.delete(userKey)
}

// A browser keeps no page for the back button that holds a lock or an open connection.
if (typeof window !== "undefined") {
  window.addEventListener("pagehide", () => {
    for (const userKey of feeds.keys()) leave(userKey)
  })
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return
    for (const [userKey, listening] of listeners) if (listening.size > 0) join(userKey)
  })
}
