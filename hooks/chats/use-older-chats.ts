import { useState } from "react"
import type { ChatsPage } from "#lib/transports/chat-api.ts"
import { readMs } from "../browser/use-refetch.ts"
import { readPage } from "./list-chats.ts"

/** The chats after the end of the list. */
export interface OlderChats {
  /** "there": nobody has asked for them yet */
  state: "there" | "loading" | "failed"
  load(): void
}

interface OlderChatsOptions {
  /** where the list goes on; undefined: nowhere */
  cursor: string | undefined
  onAsk(): void
  onRead(cursor: string, page: ChatsPage): void
}

/** @returns undefined where there are none */
export function useOlderChats({ cursor, onAsk, onRead }: OlderChatsOptions): OlderChats | undefined {
  const [asked, setAsked] = useState<{ cursor: string; state: "loading" | "failed" }>()
  if (cursor === undefined) return undefined
  const state = asked?.cursor === cursor ? asked.state : "there"

  async function load(from: string): Promise<void> {
    setAsked({ cursor: from, state: "loading" })
    onAsk()
    try {
      onRead(from, await readPage(AbortSignal.timeout(readMs), from))
    } catch {
      // That it failed is all there is to say: the row of the list does, and tries again when it is told to.
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
