import type { UIMessageChunk } from "ai"
import { tookMsKey } from "#lib/chat-protocol.ts"

/**
 * Adds its duration to each thought and call when it ends. The time is part of the chunk, so it survives wherever the
 * message is read, rebuilt or continued.
 * @param nowMs a monotonic clock
 */
export function partTimes(nowMs: () => number = () => performance.now()): (chunk: UIMessageChunk) => UIMessageChunk {
  const begunAtMs = new Map<string, number>()
  /** what a provider needs back with its thought; only the last metadata counts, so the duration is added to it */
  const metadataOfThoughts = new Map<string, ProviderMetadata>()

  function tookMs(key: string): number | undefined {
    const begun = begunAtMs.get(key)
    begunAtMs.delete(key)
    return begun === undefined ? undefined : Math.round(nowMs() - begun)
  }

  return (chunk) => {
    switch (chunk.type) {
      case "reasoning-start":
        begunAtMs.set(`thought ${chunk.id}`, nowMs())
        metadataOfThoughts.delete(chunk.id)
        noteMetadata(chunk)
        return chunk
      case "reasoning-delta":
        noteMetadata(chunk)
        return chunk
      case "reasoning-end": {
        noteMetadata(chunk)
        const took = tookMs(`thought ${chunk.id}`)
        if (took === undefined) return chunk
        const providerMetadata = { ...metadataOfThoughts.get(chunk.id), [tookMsKey]: { tookMs: took } }
        return { ...chunk, providerMetadata }
      }
      case "tool-input-available":
        begunAtMs.set(`call ${chunk.toolCallId}`, nowMs())
        return chunk
      case "tool-output-available":
      case "tool-output-error": {
        if (chunk.type === "tool-output-available" && chunk.preliminary) return chunk
        const took = tookMs(`call ${chunk.toolCallId}`)
        return took === undefined ? chunk : { ...chunk, toolMetadata: { ...chunk.toolMetadata, tookMs: took } }
      }
      default:
        return chunk
    }
  }

  function noteMetadata({ id, providerMetadata }: { id: string; providerMetadata?: ProviderMetadata }): void {
    if (providerMetadata) metadataOfThoughts.set(id, providerMetadata)
  }
}

type ProviderMetadata = NonNullable<Extract<UIMessageChunk, { type: "reasoning-end" }>["providerMetadata"]>
