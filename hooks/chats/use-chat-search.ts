import { useEffect, useState } from "react"
import type { ChatSummary } from "#lib/chat-protocol.ts"
import { type ChatsPage, listChats } from "#lib/transports/chat-api.ts"
import { ChatProblem } from "#lib/transports/chat-problem.ts"
import { problemTexts } from "#lib/transports/problem-texts.ts"

export interface ChatSearch {
  text: string
  setText(text: string): void
  /** undefined: nothing is being searched for, or there is no result yet */
  found: ChatSummary[] | undefined
  isSearching: boolean
  /** a sentence for people */
  problem: string | undefined
}

const pauseMs = 250
/** Each page searches a part of the chats. */
const maxPages = 10
const enoughHits = 50

type Result = { text: string } & ({ found: ChatSummary[] } | { problem: string })

/** Searches the user's chats while they type: at each pause, for the latest text only. */
export function useChatSearch(): ChatSearch {
  const [text, setText] = useState("")
  const [result, setResult] = useState<Result>()
  const wanted = text.trim()

  useEffect(() => {
    if (wanted === "") return
    const leaving = new AbortController()
    const timer = setTimeout(() => {
      search(wanted, leaving.signal)
        .then((found) => setResult({ text: wanted, found }))
        .catch((error: unknown) => {
          if (!leaving.signal.aborted) setResult({ text: wanted, problem: sentenceOf(error) })
        })
    }, pauseMs)
    return () => {
      clearTimeout(timer)
      leaving.abort()
    }
  }, [wanted])

  const isOver = result?.text === wanted
  return {
    text,
    setText,
    // The last result stays until the next one arrives, so that the list does not flicker with each letter.
    found: wanted !== "" && result && "found" in result ? result.found : undefined,
    isSearching: wanted !== "" && !isOver,
    problem: isOver && "problem" in result ? result.problem : undefined,
  }
}

async function search(text: string, signal: AbortSignal): Promise<ChatSummary[]> {
  const found: ChatSummary[] = []
  let cursor: string | undefined
  for (let page = 0; page < maxPages && found.length < enoughHits; page++) {
    const result: ChatsPage | undefined = await listChats(signal, { search: text, cursor })
    found.push(...(result?.chats ?? [])) // a visitor has no chats yet
    cursor = result?.older
    if (cursor === undefined) break
  }
  return found
}

function sentenceOf(error: unknown): string {
  return error instanceof ChatProblem ? error.message : problemTexts.notSearched
}
