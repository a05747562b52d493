/** A message between this browser's tabs about a pending deletion, which any of them can undo. */
export interface RemovalNews {
  chatId: string
  /** "kept": the deletion was undone */
  is: "waiting" | "kept"
}

const name = "rejoin:removals"
let channel: BroadcastChannel | undefined

/**
 * Subscribes.
 * @returns a function that unsubscribes
 */
export function subscribeToRemovals(listener: (news: RemovalNews) => void): () => void {
  const opened = new BroadcastChannel(name)
  channel = opened
  opened.onmessage = ({ data }: MessageEvent<RemovalNews>) => listener(data)
  return () => {
    opened.close()
    if (channel === opened) channel = undefined
  }
}

export function broadcastRemoval(news: RemovalNews): void {
  channel?.postMessage(news)
}
