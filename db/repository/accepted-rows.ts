/**
 * What becomes of an answer that the database refuses for what is in it, not for want of a database: it would refuse it
 * for ever. So the row is written without what was refused; at the worst the text is stored, how it ended, and the charge.
 */
import { isDataRefused } from "#db/failures.ts"
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import type { EndedGeneration } from "#db/repository/turns/end-generation.ts"
import type { ChatMessagePart, MessageMetadata, Usage } from "#lib/chat-protocol.ts"
import { tokenCount } from "#lib/token-count.ts"
import { plainValue } from "../../lib/plain-value.ts"
import { wellFormedText } from "../../lib/text.ts"

/** Less and less of a row, each made only where the one before was refused. */
type Rungs<Row> = [whole: Row, plain: (onChange: (place: string) => void) => Row, bare: () => Row]

/** The same repository; the first version of an answer that the database takes is stored. */
export function acceptedRows(
  chats: ChatRepository,
  onProblem: (error: unknown, streamId?: string) => void,
): ChatRepository {
  async function writeFirst<Row, Result>(
    streamId: string,
    [whole, plain, bare]: Rungs<Row>,
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

  return {
    ...chats,

    saveGrowing: (streamId, epoch, parts) =>
      writeFirst<ChatMessagePart[], { isStopRequested: boolean } | undefined>(
        streamId,
        [parts, (onChange) => plainParts(parts, onChange), () => textOf(parts)],
        (row) => chats.saveGrowing(streamId, epoch, row),
      ),

    endGeneration: (ended) =>
      writeFirst<EndedGeneration, boolean>(
        ended.streamId,
        [ended, (onChange) => plainEnding(ended, onChange), () => bareEnding(ended)],
        (row) => chats.endGeneration(row),
      ),
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
  // Parts stay parts: only what no JSON reader takes is changed within them.
  return plainValue(parts, { mostChars: Number.POSITIVE_INFINITY, onChange }) as ChatMessagePart[]
}

/** What was said, and no more. */
function textOf(parts: ChatMessagePart[]): ChatMessagePart[] {
  return parts.flatMap((part) => {
    if (part.type !== "text" || typeof part.text !== "string") return []
    return [{ type: "text" as const, text: wellFormedText(part.text), state: "done" as const }]
  })
}

/** Written by an older version, or read from a disk: numbers may be anything. */
function plainUsage(usage: Partial<Usage> | null | undefined, onChange: (name: string) => void): Usage {
  let isEstimated = usage?.estimated === true
  function count(name: Exclude<keyof Usage, "estimated">): number {
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
  return { ...counts, estimated: isEstimated }
}
