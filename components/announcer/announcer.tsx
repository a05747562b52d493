import { useEffect, useState } from "react"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { LiveRegion } from "./live-region.ts"

interface Line {
  number: number
  sentence: string
}

/** What a screen reader reads of the running answer: each sentence when it is whole, not every word as it comes. */
export function Announcer({ messages, isWriting }: { messages: ChatMessage[]; isWriting: boolean }) {
  const [speaker] = useState(() => new LiveRegion())
  const [lines, setLines] = useState<Line[]>([])

  useEffect(() => {
    const sentences = speaker.hear(messages, isWriting)
    if (sentences.length > 0) setLines((before) => withSentences(before, sentences))
  }, [speaker, messages, isWriting])

  return (
    <div role="log" aria-live="polite" data-testid="announcer" className="sr-only">
      {lines.map(({ number, sentence }) => (
        <p key={number}>{sentence}</p>
      ))}
    </div>
  )
}

/** Those who go through the page by hand need not go through the answer twice. */
const mostKept = 12

function withSentences(before: Line[], sentences: string[]): Line[] {
  const first = (before.at(-1)?.number ?? 0) + 1
  return [...before, ...sentences.map((sentence, index) => ({ number: first + index, sentence }))].slice(-mostKept)
}
