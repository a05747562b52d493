import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { wasThought } from "#lib/chat-protocol.ts"
import type { Said } from "./think-tags.ts"

export interface PartWriter {
  thought(text: string): void
  said(said: Said): void
  closeThought(): void
  closeAll(): void
}

/** Opens and closes the parts of text and thought that words belong in. */
export function partWriter(send: (part: LanguageModelV4StreamPart) => void): PartWriter {
  let count = 0
  let open: { kind: "text" | "reasoning"; id: string } | undefined

  function say(kind: "text" | "reasoning", delta: string): void {
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
    thought: (text) => say("reasoning", text),
    said(said) {
      if (said.kind === "was-thought") close({ providerMetadata: wasThought })
      else if (said.kind === "text") say("text", said.text)
      else say("reasoning", said.text)
    },
    closeThought() {
      if (open?.kind === "reasoning") close()
    },
    closeAll: () => close(),
  }
}
