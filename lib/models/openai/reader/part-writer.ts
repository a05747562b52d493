import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { wasThought } from "#lib/chat-protocol.ts"
import type { Segment } from "./think-tags.ts"

export interface PartWriter {
  thought(text: string): void
  segment(segment: Segment): void
  closeThought(): void
  closeAll(): void
}

/** Writes text and thoughts as parts, opening and closing each part as needed. */
export function partWriter(send: (part: LanguageModelV4StreamPart) => void): PartWriter {
  let count = 0
  let open: { kind: "text" | "reasoning"; id: string } | undefined

  function write(kind: "text" | "reasoning", delta: string): void {
    if (open?.kind !== kind) {
      close()
      open = { kind, id: `${kind}-${count++}` }
      send({ type: `${kind}-start`, id: open.id })
    }
    send({ type: `${kind}-delta`, id: open.id, delta })
  }

  function close(metadata: { providerMetadata?: typeof wasThought } = {}): void {
    if (open) send({ type: `${open.kind}-end`, id: open.id, ...metadata })
    open = undefined
  }

  return {
    thought: (text) => write("reasoning", text),
    segment(segment) {
      if (segment.kind === "was-thought") close({ providerMetadata: wasThought })
      else if (segment.kind === "text") write("text", segment.text)
      else write("reasoning", segment.text)
    },
    closeThought() {
      if (open?.kind === "reasoning") close()
    },
    closeAll: () => close(),
  }
}
