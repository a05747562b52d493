/**
 * Stores answers whose content the database refuses, as it would at every try: the row is written without the refused
 * content. At least the text, the status and the charge are stored.
 */
import { isDataRefused } from "#db/failures.ts"
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import type { EndedGeneration } from "#db/repository/turns/end-generation.ts"
import type { ChatMessagePart, MessageMetadata, Usage } from "#lib/chat-protocol.ts"
import type { GrowingSave, StoredChunk } from "#lib/chunks/pieces.ts"
import { tokenCount } from "#lib/token-count.ts"
import { plainValue } from "../../lib/plain-value.ts"
import { wellFormedText } from "../../lib/text.ts"

/** A row and two reduced versions of it. Each is made only if the database refused the one before. */
type Versions<Row> = [whole: Row, plain: (onChange: (place: string) => void) => Row, bare: () => Row]

/** Wraps a repository so that it stores the first version of an answer that the database accepts. */
export function acceptedRows(
  repository: ChatRepository,
  onProblem: (error: unknown, streamId?: string) => void,
): ChatRepository {
  async function writeFirst<Row, Result>(
    streamId: string,
    [whole, plain, bare]: Versions<Row>,
    write: (row: Row) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await write(whole)
    } catch (cause) {
      if (!isDataRefused(cause)) throw cause
      const places: string[] = []
      const row = plain((place) => places.push(place))
      const what = places.length === 0 ? "no field that is known" : places.slice(0, 5).join(", ")
      onProblem(new Error(`The database refused what an answer holds. Stored without: ${what}`, { cause }), streamId)
      try {
        return await write(row)
      } catch (again) {
        if (!isDataRefused(again)) throw again
        onProblem(
          new Error("The database refused an answer once more. Its text alone is stored", { cause: again }),
          streamId,
        )
        return await write(bare())
      }
    }
  }

  const { streams } = repository
  return {
    ...repository,
    streams: {
      ...streams,

      saveGrowing: (streamId, epoch, save) =>
        writeFirst<GrowingSave, { isStopRequested: boolean } | undefined>(
          streamId,
          [save, (onChange) => plainSave(save, onChange), () => textSave(save)],
          (row) => streams.saveGrowing(streamId, epoch, row),
        ),

      end: (ended) =>
        writeFirst<EndedGeneration, boolean>(
          ended.streamId,
          [ended, (onChange) => plainEnding(ended, onChange), () => bareEnding(ended)],
          (row) => streams.end(row),
        ),
    },
  }
}

function plainEnding(ended: EndedGeneration, onChange: (place: string) => void): EndedGeneration {
  const { metadata, sources, charge } = ended
  return {
    ...ended,
    parts: plainParts(ended.parts, (place) => onChange(`parts${place}`)),
    metadata: {
      ...(plainValue(metadata, { onChange: (place) => onChange(`metadata${place}`) }) as object), // the same fields
      ...(metadata.usage && { usage: plainUsage(metadata.usage, () => undefined) }),
    },
    sources: plainValue(sources, { onChange: (place) => onChange(`sources${place}`) }) as EndedGeneration["sources"],
    charge: {
      model: wellFormedText(charge.model),
      usage: plainUsage(charge.usage, (place) => onChange(`usage.${place}`)),
    },
  }
}

function bareEnding(ended: EndedGeneration): EndedGeneration {
  const { error, cutBy } = ended.metadata
  const usage = plainUsage(ended.charge.usage, () => undefined)
  const model = wellFormedText(String(ended.charge.model))
  const metadata: Omit<MessageMetadata, "status"> = { model, usage, ...(error && { error }), ...(cutBy && { cutBy }) }
  return { ...ended, parts: textOf(ended.parts), metadata, sources: [], charge: { model, usage } }
}

function plainParts(parts: ChatMessagePart[], onChange: (place: string) => void): ChatMessagePart[] {
  // The parts stay valid: only values that JSON readers refuse change.
  return plainValue(parts, { maxChars: Number.POSITIVE_INFINITY, onChange }) as ChatMessagePart[]
}

function plainSave(save: GrowingSave, onChange: (place: string) => void): GrowingSave {
  // The chunks stay valid, as parts do.
  return plainValue(save, { maxChars: Number.POSITIVE_INFINITY, onChange }) as GrowingSave
}

/** Keeps only the text, and the numbers: later pieces follow on them. */
function textSave({ pieces, ...save }: GrowingSave): GrowingSave {
  const textIn = (chunks: StoredChunk[]) =>
    chunks.flatMap((chunk): StoredChunk[] => {
      if (typeof chunk === "string") return [wellFormedText(chunk)]
      if (chunk.type === "text-delta")
        return [{ type: chunk.type, id: wellFormedText(chunk.id), delta: wellFormedText(chunk.delta) }]
      if (chunk.type === "text-start" || chunk.type === "text-end")
        return [{ type: chunk.type, id: wellFormedText(chunk.id) }]
      return []
    })
  return { pieces: pieces.map(({ number, chunks }) => ({ number, chunks: textIn(chunks) })), ...save }
}

/** Keeps only the text. */
function textOf(parts: ChatMessagePart[]): ChatMessagePart[] {
  return parts.flatMap((part) => {
    if (part.type !== "text" || typeof part.text !== "string") return []
    return [{ type: "text" as const, text: wellFormedText(part.text), state: "done" as const }]
  })
}

/** Makes counts valid: an older version may have written them, or a disk may have changed them. */
function plainUsage(usage: Partial<Usage> | null | undefined, onChange: (name: string) => void): Usage {
  let isEstimated = usage?.estimated === true
  function count(name: Exclude<keyof Usage, "estimated" | "isLowerBound">): number {
    const counted = tokenCount(usage?.[name])
    if (counted === undefined) isEstimated = true
    if (counted !== usage?.[name]) onChange(name)
    return counted ?? 0
  }
  const counts = {
    inputTokens: count("inputTokens"),
    outputTokens: count("outputTokens"),
    cachedInputTokens: count("cachedInputTokens"),
    reasoningTokens: count("reasoningTokens"),
  }
  return { ...counts, estimated: isEstimated, ...(usage?.isLowerBound === true && { isLowerBound: true }) }
}
