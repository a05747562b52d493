/** Puts a model's tool calls together from their pieces, whichever way its server cuts and labels them. */
import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from "@ai-sdk/provider"
import { generateId } from "ai"
import { tokenCount } from "#lib/token-count.ts"
import { isObject, type JsonObject, objectOf, parsed, textOf } from "./wire-json.ts"

/** Where a piece stood. "summary": the whole message once more, as some send it at the end. */
export type CallPlace = "delta" | "finish" | "summary"

export interface ToolCalls {
  /** Takes one element of `tool_calls`. @returns whether it was one */
  take(piece: unknown, place: CallPlace): boolean
  /** Says every call that is known in full. `cut`: only those whose input is whole JSON */
  finish(howEnded: "whole" | "cut"): void
  readonly count: number
  /** a call came whose name never did: which tool was meant nobody knows */
  readonly lacksName: boolean
  /** a call's input is no whole JSON */
  readonly lacksInput: boolean
}

interface Call {
  /** ours, told with the first part; another where two calls came under one id */
  id: string
  wireId: string | undefined
  index: number | undefined
  name: string
  input: string
  signature: string | undefined
  /** it stood in the summary already, so that one as like as two peas is another one */
  isRepeated: boolean
}

interface Piece {
  wireId: string | undefined
  index: number | undefined
  name: string | undefined
  input: string
  /** all of a call at once: its name and whole arguments */
  isWhole: boolean
  signature: string | undefined
}

export function toolCalls(send: (part: LanguageModelV4StreamPart) => void): ToolCalls {
  const calls: Call[] = []
  const takenIds = new Set<string>()
  /** the latest call of each label */
  const byWireId = new Map<string, Call>()
  const byIndex = new Map<number, Call>()
  /** what came before its name did, by index or id */
  const nameless = new Map<string, Piece>()

  function begin(piece: Piece & { name: string }): void {
    const id = piece.wireId === undefined || takenIds.has(piece.wireId) ? `call_${generateId()}` : piece.wireId
    const call: Call = { ...piece, id, isRepeated: false }
    calls.push(call)
    takenIds.add(id)
    label(call, piece)
    send({ type: "tool-input-start", id, toolName: call.name })
    if (call.input !== "") send({ type: "tool-input-delta", id, delta: call.input })
  }

  function grow(call: Call, piece: Piece): void {
    label(call, piece)
    call.signature ??= piece.signature
    if (piece.input === "") return
    call.input += piece.input
    send({ type: "tool-input-delta", id: call.id, delta: piece.input })
  }

  function label(call: Call, { wireId, index }: Piece): void {
    call.wireId ??= wireId
    call.index ??= index
    if (wireId !== undefined) byWireId.set(wireId, call)
    if (index !== undefined) byIndex.set(index, call)
  }

  /** The call that a whole one merely says again. */
  function repeatedBy(piece: Piece, place: CallPlace): Call | undefined {
    if (!piece.isWhole) return undefined
    const isAlike = (call: Call) => call.name === piece.name && isSameJson(call.input, piece.input)
    const sameId = piece.wireId === undefined ? undefined : byWireId.get(piece.wireId)
    if (sameId && isAlike(sameId)) return sameId
    if (place === "delta") return undefined
    // Some make a new id whenever they say a call: in a summary any may be meant, in a delta its index tells.
    const mayBeMeant = (call: Call) =>
      piece.wireId === undefined || place === "summary" || (piece.index !== undefined && call.index === piece.index)
    return calls.find((call) => !call.isRepeated && mayBeMeant(call) && isAlike(call))
  }

  /** The call that a piece goes on with. */
  function ownerOf(piece: Piece): Call | undefined {
    const { wireId, index, name } = piece
    const begins = (call: Call) => piece.isWhole && piece.input !== "" && isWholeJson(call.input)
    const fits = (call: Call) => (name === undefined || call.name === name) && !begins(call)
    const sameId = wireId === undefined ? undefined : byWireId.get(wireId)
    if (sameId && (index === undefined || sameId.index === undefined || sameId.index === index)) {
      if (fits(sameId)) return sameId
      if (name !== undefined) return undefined
    }
    if (index !== undefined) {
      const sameIndex = byIndex.get(index)
      if (!sameIndex || !fits(sameIndex)) return undefined
      // A new id at an old index: a new call where it is named and the old one is whole, else an id that changes as it goes.
      return wireId !== undefined && !sameId && name !== undefined && isWholeJson(sameIndex.input)
        ? undefined
        : sameIndex
    }
    if (name !== undefined || (wireId !== undefined && !sameId && calls.length === 0)) return undefined
    return calls.findLast((call) => !isWholeJson(call.input)) ?? calls.at(-1)
  }

  return {
    take(value, place) {
      const found = pieceOf(value, place)
      if (!found) return false
      const key = `${found.index ?? found.wireId ?? ""}`
      const before = nameless.get(key)
      const piece = before ? joinedPieces(before, found) : found
      const repeated = repeatedBy(piece, place)
      if (repeated) {
        repeated.isRepeated = true
        return true
      }
      const owner = ownerOf(piece)
      if (owner) grow(owner, piece)
      else if (piece.name === undefined) nameless.set(key, piece)
      else begin({ ...piece, name: piece.name })
      if (piece.name !== undefined) nameless.delete(key)
      return true
    },

    finish(howEnded) {
      const isNumbered = calls.every(({ index }) => index !== undefined)
      const inOrder = isNumbered ? calls.toSorted((one, other) => (one.index ?? 0) - (other.index ?? 0)) : calls
      for (const call of inOrder) {
        const input = inputOf(call.input)
        if (howEnded === "cut" && !isWholeJson(input)) continue
        const { id: toolCallId, name: toolName, signature } = call
        send({ type: "tool-input-end", id: toolCallId })
        send({ type: "tool-call", toolCallId, toolName, input, ...(signature && metadataOf(signature)) })
      }
    },

    get count() {
      return calls.length
    },
    get lacksName() {
      return nameless.values().some(({ input }) => input.trim() !== "")
    },
    get lacksInput() {
      return calls.some(({ input }) => input.trim() !== "" && parsed(input) === undefined)
    },
  }
}

function pieceOf(value: unknown, place: CallPlace): Piece | undefined {
  if (!isObject(value)) return undefined
  // Without the box: some put name and arguments where the box should be.
  const call = isObject(value["function"]) ? value["function"] : value
  const name = textOf(call["name"])?.trim() || undefined
  const input = argumentsOf(call["arguments"] ?? call["parameters"])
  const index = tokenCount(value["index"])
  const wireId = textOf(value["id"])?.trim() || undefined
  if (name === undefined && input === "" && wireId === undefined) return undefined
  // At the end a call without arguments is one that takes none.
  const isWhole = name !== undefined && (isWholeJson(input) || (input === "" && place !== "delta"))
  return { wireId, index, name, input, isWhole, signature: signatureOf(value) }
}

/** As an object where it should be its text: Ollama's own way, through proxies. */
function argumentsOf(value: unknown): string {
  if (typeof value === "string") return value
  return value === undefined || value === null ? "" : JSON.stringify(value)
}

/** Google wants to see it again with the call. */
function signatureOf(value: JsonObject): string | undefined {
  return textOf(objectOf(objectOf(value["extra_content"])["google"])["thought_signature"])
}

function metadataOf(thoughtSignature: string): { providerMetadata: SharedV4ProviderMetadata } {
  return { providerMetadata: { "openai-compatible": { thoughtSignature } } }
}

function joinedPieces(before: Piece, after: Piece): Piece {
  const input = before.input + after.input
  return {
    wireId: before.wireId ?? after.wireId,
    index: before.index ?? after.index,
    name: after.name,
    input,
    isWhole: after.name !== undefined && isWholeJson(input),
    signature: before.signature ?? after.signature,
  }
}

/** A text of JSON inside JSON is unwrapped: it was encoded once too often. */
function inputOf(input: string): string {
  const value = parsed(input)
  return typeof value === "string" && isObject(parsed(value)) ? value : input
}

function isWholeJson(input: string): boolean {
  // Most pieces end elsewhere: a long input would be parsed with each of its pieces.
  if (!/[}\]]\s*$/.test(input.slice(-8))) return false
  const value = parsed(input)
  return typeof value === "object" && value !== null
}

function isSameJson(one: string, other: string): boolean {
  return one === other || JSON.stringify(sorted(parsed(one))) === JSON.stringify(sorted(parsed(other)))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  )
}
