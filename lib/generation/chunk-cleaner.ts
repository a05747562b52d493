/**
 * Cleans everything that a model, its provider and its tools send, before a chunk is numbered, so that what is shown
 * is what is stored. A chunk that no browser or row could take is dropped, and the answer continues.
 */
import { createHash } from "node:crypto"
import { asSchema, type UIMessageChunk, uiMessageChunkSchema } from "ai"
import { plainValue } from "../plain-value.ts"
import { wellFormedText } from "../text.ts"

/** A delta longer than this is sent in pieces: stores and proxies have limits of their own, from 1 MB. */
const maxDeltaChars = 32_000
/** Ids are part of every event and go back to providers, which have limits of their own. */
const maxIdChars = 128
/** limit for names of tools: twice what providers accept */
const maxNameChars = 128
/** For a generated picture as a data URL: rows and logs should not carry a larger one. */
const maxFileChars = 4_000_000
/** Leaves room for a whole picture and the fields beside it, since half a picture is useless. */
const fileSize = { maxChars: maxFileChars + 100_000 }

/** Returns what is sent for a chunk; for a delta at once. */
export interface ChunkCleaner {
  (delta: Delta): UIMessageChunk[]
  (chunk: UIMessageChunk): UIMessageChunk[] | Promise<UIMessageChunk[]>
}

/**
 * Makes a cleaner for one generation. Providers may cut a text within a surrogate pair: the first half then waits for
 * the second.
 * @param onDropped called with what was left out, and why
 * @param before clean chunks of an earlier producer, whose parts this generation goes on with
 */
export function chunkCleaner(
  onDropped: (problem: Error) => void = () => undefined,
  before: UIMessageChunk[] = [],
): ChunkCleaner {
  const waitingHalves = new Map<string, string>()
  const begun = new Set<string>()
  for (const chunk of before) note(chunk)

  function clean(delta: Delta): UIMessageChunk[]
  function clean(chunk: UIMessageChunk): UIMessageChunk[] | Promise<UIMessageChunk[]>
  function clean(chunk: UIMessageChunk): UIMessageChunk[] | Promise<UIMessageChunk[]> {
    return isDelta(chunk) ? deltas(chunk) : checked(chunk)
  }

  return clean

  async function checked(chunk: UIMessageChunk): Promise<UIMessageChunk[]> {
    if (isFilesOwn(chunk) && String(chunk.url).length > maxFileChars) return dropped(chunk.type, "is too large")
    // The chunk may hold anything until it is checked below.
    const plain = plainValue(withCheckedIds(chunk), isFilesOwn(chunk) ? fileSize : {}) as UIMessageChunk
    if (plain.type === "text-end" || plain.type === "reasoning-end") waitingHalves.delete(partKeyOf(plain))
    const shape = await asSchema(uiMessageChunkSchema).validate?.(plain)
    if (shape?.success === false) return dropped(plain.type, "is not as it should be", shape.error)
    if (needsBeginning(plain) && !begun.has(partKeyOf(plain))) return dropped(plain.type, "belongs to nothing")
    note(plain)
    return [plain]
  }

  function note(chunk: UIMessageChunk): void {
    if (begins(chunk)) begun.add(partKeyOf(chunk))
    if (chunk.type === "tool-input-start") begun.add(`written ${partKeyOf(chunk)}`)
    if (chunk.type === "tool-approval-request") begun.add(`approval ${chunk.approvalId}`)
    if (chunk.type === "text-end" || chunk.type === "reasoning-end") begun.delete(partKeyOf(chunk))
    if (chunk.type === "reset-step") {
      begun.clear()
      waitingHalves.clear()
    }
    // The message builder closes texts that are still open at the end of a step.
    if (chunk.type === "finish-step") for (const key of begun) if (/^(text|reasoning) /.test(key)) begun.delete(key)
  }

  function dropped(type: string, why: string, cause?: Error): [] {
    onDropped(new Error(`A chunk of the answer was left out: ${type.slice(0, 40)} ${why}`, { cause }))
    return []
  }

  function deltas(chunk: Delta): UIMessageChunk[] {
    const known = withCheckedIds({ ...chunk, ...plainMetadataOf(chunk) })
    const text = known.type === "tool-input-delta" ? known.inputTextDelta : known.delta
    if (typeof text !== "string") return dropped(known.type, "has no text")
    const key = partKeyOf(known)
    const needed = known.type === "tool-input-delta" ? `written ${key}` : key
    if (!begun.has(needed)) return dropped(known.type, "belongs to nothing")
    return piecesOf(complete(key, text)).map((piece) =>
      known.type === "tool-input-delta" ? { ...known, inputTextDelta: piece } : { ...known, delta: piece },
    )
  }

  function complete(key: string, delta: string): string {
    const text = (waitingHalves.get(key) ?? "") + delta
    waitingHalves.delete(key)
    if (!endsInHalf(text)) return wellFormedText(text)
    waitingHalves.set(key, text.slice(-1))
    return wellFormedText(text.slice(0, -1))
  }
}

type Delta = Extract<UIMessageChunk, { type: "text-delta" | "reasoning-delta" | "tool-input-delta" }>

function isDelta(chunk: UIMessageChunk): chunk is Delta {
  return chunk.type === "text-delta" || chunk.type === "reasoning-delta" || chunk.type === "tool-input-delta"
}

function plainMetadataOf(chunk: Delta): object {
  if (!("providerMetadata" in chunk) || chunk.providerMetadata === undefined) return {}
  return { providerMetadata: plainValue(chunk.providerMetadata) }
}

function isFilesOwn(chunk: UIMessageChunk): chunk is Extract<UIMessageChunk, { type: "file" | "reasoning-file" }> {
  return chunk.type === "file" || chunk.type === "reasoning-file"
}

const idFields = ["id", "toolCallId", "approvalId", "sourceId"]

/** Shortens ids and names to a length that is accepted everywhere. Equal ids stay equal. */
function withCheckedIds<Chunk extends UIMessageChunk>(chunk: Chunk): Chunk {
  const checked: Record<string, unknown> = { ...chunk }
  for (const field of idFields) if (field in checked) checked[field] = checkedId(checked[field])
  if ("toolName" in checked) checked["toolName"] = checkedName(checked["toolName"])
  return checked as Chunk // the same fields
}

function checkedId(id: unknown): unknown {
  const text = typeof id === "number" ? String(id) : id
  if (typeof text !== "string") return text
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  if (text.length <= maxIdChars && text.isWellFormed() && !/[\u0000-\u001f]/.test(text)) return text
  return `long-${createHash("sha256").update(text, "utf16le").digest("hex").slice(0, 32)}`
}

/** Makes a name storable, though it may still name no tool. */
function checkedName(name: unknown): unknown {
  return typeof name === "string" ? wellFormedText(name.slice(0, maxNameChars)) || "unnamed" : name
}

function begins(chunk: UIMessageChunk): boolean {
  return /^(text-start|reasoning-start|tool-input-(start|available|error))$/.test(chunk.type)
}

/** The message builder fails for good at a chunk whose part was never begun. */
function needsBeginning(chunk: UIMessageChunk): boolean {
  return /^(text-end|reasoning-end|tool-output-|tool-approval-)/.test(chunk.type)
}

/** Returns a key for the part that a chunk belongs to. */
export function partKeyOf(chunk: UIMessageChunk): string {
  if (chunk.type === "tool-approval-response") return `approval ${chunk.approvalId}`
  if ("toolCallId" in chunk) return `tool ${chunk.toolCallId}`
  return `${chunk.type.split("-")[0]} ${"id" in chunk ? chunk.id : ""}`
}

/** Splits a text into pieces that can be sent; an empty text has none. */
function piecesOf(text: string): string[] {
  const pieces: string[] = []
  for (let from = 0; from < text.length; ) {
    const piece = text.slice(from, from + maxDeltaChars)
    const whole = endsInHalf(piece) ? piece.slice(0, -1) : piece
    pieces.push(whole)
    from += whole.length
  }
  return pieces
}

function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last <= 0xdbff
}
