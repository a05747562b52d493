import { useState } from "react"
import type { ChatsPage } from "#lib/transports/chat-api.ts"
import { readMs } from "../browser/use-refetch.ts"
import { readPage } from "./list-chats.ts"

/** The state of loading the page after the end of the list. */
export interface OlderChats {
  /** "available": not requested yet */
  state: "available" | "loading" | "failed"
  load(): void
}

interface OlderChatsOptions {
  /** of the next page; undefined: there is none */
  cursor: string | undefined
  onLoading(): void
  onLoaded(cursor: string, page: ChatsPage): void
}

/** @returns undefined if there are no older chats */
export function useOlderChats({ cursor, onLoading, onLoaded }: OlderChatsOptions): OlderChats | undefined {
  const [asked, setAsked] = useState<{ cursor: string; state: "loading" | "failed" }>()
  if (cursor === undefined) return undefined
  const state = asked?.cursor === cursor ? asked.state : "available"

  async function load(from: string): Promise<void> {
    setAsked({ cursor: from, state: "loading" })
    onLoading()
    try {
      onLoaded(from, await readPage(AbortSignal.timeout(readMs), from))
    } catch {
      // The list's last row reports it and offers to try again.
      setAsked({ cursor: from, state: "failed" })
    }
  }

  return {
    state,
    load() {
      if (state !== "loading") void load(cursor)
    },
  }
}
