/** What this browser's tabs tell each other of chats that are to be deleted: until then any of them can take it back. */
export interface RemovalNews {
  chatId: string
  /** "kept": it was taken back */
  is: "waiting" | "kept"
}

const name = "rejoin:removals"
let channel: BroadcastChannel | undefined

/** @returns what ends the listening */
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
