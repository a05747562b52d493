import { useEffect, useState } from "react"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { LiveRegion } from "./live-region.ts"

interface Line {
  number: number
  sentence: string
}

/** The live region: makes screen readers announce each complete sentence of the running answer, not every word. */
export function Announcer({ messages, isWriting }: { messages: ChatMessage[]; isWriting: boolean }) {
  const [liveRegion] = useState(() => new LiveRegion())
  const [lines, setLines] = useState<Line[]>([])

  useEffect(() => {
    const sentences = liveRegion.update(messages, isWriting)
    if (sentences.length > 0) setLines((before) => withSentences(before, sentences))
  }, [liveRegion, messages, isWriting])

  return (
    <div role="log" aria-live="polite" data-testid="announcer" className="sr-only">
      {lines.map(({ number, sentence }) => (
        <p key={number}>{sentence}</p>
      ))}
    </div>
  )
}

/** Old lines are removed, so that users who browse the page do not find the answer twice. */
const maxLines = 12

function withSentences(before: Line[], sentences: string[]): Line[] {
  const first = (before.at(-1)?.number ?? 0) + 1
  return [...before, ...sentences.map((sentence, index) => ({ number: first + index, sentence }))].slice(-maxLines)
}
