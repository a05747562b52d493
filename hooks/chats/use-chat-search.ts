import { useEffect, useState } from "react"
import type { ChatSummary } from "#lib/chat-protocol.ts"
import { type ChatsPage, listChats } from "#lib/transports/chat-api.ts"
import { ChatProblem } from "#lib/transports/chat-problem.ts"
import { problemTexts } from "#lib/transports/problem-texts.ts"

export interface ChatSearch {
  text: string
  setText(text: string): void
  /** undefined: nothing is searched for, or nothing is known yet */
  found: ChatSummary[] | undefined
  isLooking: boolean
  /** a sentence for people */
  problem: string | undefined
}

const pauseMs = 250
/** Each looks through a part of the chats; beyond so many pages there is more than anybody reads. */
const mostPages = 10
const enoughHits = 50

type Result = { text: string } & ({ found: ChatSummary[] } | { problem: string })

/** Searches a user's chats while they type: when they pause, and only for what they typed last. */
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
    // Until the next result is there the last one stays: the list does not flicker with each letter.
    found: wanted !== "" && result && "found" in result ? result.found : undefined,
    isLooking: wanted !== "" && !isOver,
    problem: isOver && "problem" in result ? result.problem : undefined,
  }
}

async function search(text: string, signal: AbortSignal): Promise<ChatSummary[]> {
  const found: ChatSummary[] = []
  let cursor: string | undefined
  for (let page = 0; page < mostPages && found.length < enoughHits; page++) {
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
