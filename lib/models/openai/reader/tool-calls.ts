/** Assembles a model's tool calls from their pieces, however the server splits and labels them. */

import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from "@ai-sdk/provider"
import { generateId } from "ai"
import { parsedJson } from "#lib/parsed-json.ts"
import { tokenCount } from "#lib/token-count.ts"
import { isObject, type JsonObject, objectOf, textOf } from "./wire-json.ts"

/** Where a piece arrived. "summary": in the whole message that some servers repeat at the end. */
export type CallPlace = "delta" | "finish" | "summary"

export interface ToolCalls {
  /** Adds one element of `tool_calls`. @returns true if it was a call */
  add(piece: unknown, place: CallPlace): boolean
  /** Sends every complete call. `cut`: only those whose input is complete JSON */
  finish(howEnded: "whole" | "cut"): void
  readonly count: number
  /** a call's name never arrived, so its tool is unknown */
  readonly isNameMissing: boolean
  /** a call's input is not complete JSON */
  readonly isInputIncomplete: boolean
}

interface Call {
  /** the id that we send; differs from the wire id if two calls share one */
  id: string
  wireId: string | undefined
  index: number | undefined
  name: string
  input: string
  signature: string | undefined
  /** already matched by the summary, so an identical call is another one */
  isRepeated: boolean
}

interface Piece {
  wireId: string | undefined
  index: number | undefined
  name: string | undefined
  input: string
  /** the piece is a whole call: its name and complete arguments */
  isWhole: boolean
  signature: string | undefined
}

export function toolCalls(send: (part: LanguageModelV4StreamPart) => void): ToolCalls {
  const calls: Call[] = []
  const usedIds = new Set<string>()
  /** latest call for each label */
  const byWireId = new Map<string, Call>()
  const byIndex = new Map<number, Call>()
  /** pieces received before their name, by index or id */
  const nameless = new Map<string, Piece>()

  function begin(piece: Piece & { name: string }): void {
    const id = piece.wireId === undefined || usedIds.has(piece.wireId) ? `call_${generateId()}` : piece.wireId
    const call: Call = { ...piece, id, isRepeated: false }
    calls.push(call)
    usedIds.add(id)
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

  /** Finds the earlier call that a whole one repeats. */
  function repeatedCall(piece: Piece, place: CallPlace): Call | undefined {
    if (!piece.isWhole) return undefined
    const isSameCall = (call: Call) => call.name === piece.name && isSameJson(call.input, piece.input)
    const sameId = piece.wireId === undefined ? undefined : byWireId.get(piece.wireId)
    if (sameId && isSameCall(sameId)) return sameId
    if (place === "delta") return undefined
    // Some servers create a new id for each repetition: in a summary any call may be meant, in a delta the index
    // decides.
    const mayBeMeant = (call: Call) =>
      piece.wireId === undefined || place === "summary" || (piece.index !== undefined && call.index === piece.index)
    return calls.find((call) => !call.isRepeated && mayBeMeant(call) && isSameCall(call))
  }

  /** Finds the call that a piece continues. */
  function continuedCall(piece: Piece): Call | undefined {
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
      // A new id at a known index begins a new call if it has a name and the old call is complete; otherwise the id
      // changes as it goes.
      return wireId !== undefined && !sameId && name !== undefined && isWholeJson(sameIndex.input)
        ? undefined
        : sameIndex
    }
    if (name !== undefined || (wireId !== undefined && !sameId && calls.length === 0)) return undefined
    return calls.findLast((call) => !isWholeJson(call.input)) ?? calls.at(-1)
  }

  return {
    add(value, place) {
      const found = pieceOf(value, place)
      if (!found) return false
      const key = `${found.index ?? found.wireId ?? ""}`
      const before = nameless.get(key)
      const piece = before ? joinPieces(before, found) : found
      const repeated = repeatedCall(piece, place)
      if (repeated) {
        repeated.isRepeated = true
        return true
      }
      const continued = continuedCall(piece)
      if (continued) grow(continued, piece)
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
    get isNameMissing() {
      return nameless.values().some(({ input }) => input.trim() !== "")
    },
    get isInputIncomplete() {
      return calls.some(({ input }) => input.trim() !== "" && parsedJson(input) === undefined)
    },
  }
}

function pieceOf(value: unknown, place: CallPlace): Piece | undefined {
  if (!isObject(value)) return undefined
  // Some servers put name and arguments beside `function` instead of in it.
  const call = isObject(value["function"]) ? value["function"] : value
  const name = textOf(call["name"])?.trim() || undefined
  const input = argumentsOf(call["arguments"] ?? call["parameters"])
  const index = tokenCount(value["index"])
  const wireId = textOf(value["id"])?.trim() || undefined
  if (name === undefined && input === "" && wireId === undefined) return undefined
  // A call without arguments at the end takes none.
  const isWhole = name !== undefined && (isWholeJson(input) || (input === "" && place !== "delta"))
  return { wireId, index, name, input, isWhole, signature: signatureOf(value) }
}

/** Accepts arguments as an object instead of text, as Ollama writes them and proxies pass on. */
function argumentsOf(value: unknown): string {
  if (typeof value === "string") return value
  return value === undefined || value === null ? "" : JSON.stringify(value)
}

/** Reads the signature that Google requires to be returned with the call. */
function signatureOf(value: JsonObject): string | undefined {
  return textOf(objectOf(objectOf(value["extra_content"])["google"])["thought_signature"])
}

function metadataOf(thoughtSignature: string): { providerMetadata: SharedV4ProviderMetadata } {
  return { providerMetadata: { "openai-compatible": { thoughtSignature } } }
}

function joinPieces(before: Piece, after: Piece): Piece {
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

/** Unwraps JSON text inside a JSON string, which was encoded once too often. */
function inputOf(input: string): string {
  const value = parsedJson(input)
  return typeof value === "string" && isObject(parsedJson(value)) ? value : input
}

function isWholeJson(input: string): boolean {
  // Most pieces end with another character; without this check a long input would be parsed with each of its pieces.
  if (!/[}\]]\s*$/.test(input.slice(-8))) return false
  const value = parsedJson(input)
  return typeof value === "object" && value !== null
}

function isSameJson(one: string, other: string): boolean {
  return one === other || JSON.stringify(sorted(parsedJson(one))) === JSON.stringify(sorted(parsedJson(other)))
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
