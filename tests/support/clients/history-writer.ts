import { createHash } from "node:crypto"
import type { UIMessageChunk } from "ai"
import { type EventId, endsStream, type FinalStatus, isFinal, type MessageMetadata } from "#lib/chat-protocol.ts"
import type { HistoryLine } from "./history.ts"

type StoredLine = Omit<Extract<HistoryLine, { kind: "stored" }>, "tMs" | "kind" | "reader">

export interface HistoryWriter {
  readonly lines: HistoryLine[]
  reader(name: string, streamId: string): HistoryReader
  stored(end: StoredLine): void
}

/** Records one reader's events of one stream. */
export interface HistoryReader {
  readonly text: string
  /** @param isBacklog it came before the reader had caught up */
  event(id: EventId | undefined, chunk: UIMessageChunk, isBacklog: boolean): void
  reset(): void
  left(): void
}

export function historyWriter(): HistoryWriter {
  const lines: HistoryLine[] = []
  const startedAtMs = performance.now()
  const now = () => Math.round(performance.now() - startedAtMs)
  return {
    lines,
    stored: (end) => lines.push({ ...end, tMs: now(), kind: "stored", reader: "producer" }),
    reader(name, streamId) {
      const line = () => ({ tMs: now(), reader: name, streamId })
      let content = contentHash()
      let text = ""
      let status: FinalStatus | undefined
      return {
        get text() {
          return text
        },
        event(id, chunk, isBacklog) {
          if (chunk.type === "text-delta") text += chunk.delta
          status = statusOf(chunk) ?? status
          const isMerged = isBacklog && isDelta(chunk)
          lines.push({ ...line(), kind: "event", id, hash: content.after(chunk), isMerged })
          if (endsStream(chunk)) lines.push({ ...line(), kind: "end", status, text })
        },
        reset() {
          content = contentHash()
          text = ""
          status = undefined
          lines.push({ ...line(), kind: "reset" })
        },
        left: () => lines.push({ ...line(), kind: "left", text }),
      }
    },
  }
}

function statusOf(chunk: UIMessageChunk): FinalStatus | undefined {
  if (!("messageMetadata" in chunk)) return undefined
  const { status } = (chunk.messageMetadata ?? {}) as Partial<MessageMetadata> // our own server's
  return status && isFinal(status) ? status : undefined
}

type Delta = Extract<UIMessageChunk, { type: `${string}-delta` }>

function isDelta(chunk: UIMessageChunk): chunk is Delta {
  return chunk.type.endsWith("-delta")
}

/** The hash of all chunks so far, the same whether the deltas of a part came one by one or joined. */
function contentHash() {
  const hash = createHash("sha256")
  let openPart: string | undefined
  return {
    after(chunk: UIMessageChunk): string {
      if (isDelta(chunk)) {
        const part = `${chunk.type} ${chunk.type === "tool-input-delta" ? chunk.toolCallId : chunk.id}`
        if (part !== openPart) hash.update(`\n${part}\n`)
        hash.update(chunk.type === "tool-input-delta" ? chunk.inputTextDelta : chunk.delta)
        openPart = part
      } else {
        hash.update(`\n${JSON.stringify(chunk)}`)
        openPart = undefined
      }
      return hash.copy().digest("base64url").slice(0, 16)
    },
  }
}
