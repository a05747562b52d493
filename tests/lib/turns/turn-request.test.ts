import { randomUUID } from "node:crypto"
import fc from "fast-check"
import { expect, test } from "vitest"
import { ChatError } from "#lib/errors.ts"
import { parseTurnRequest } from "#lib/turns/request/turn-request.ts"
import { seeded } from "#tests/support/seeded-property.ts"

const chatId = randomUUID()

/** A turn with something in every field that can hold text. */
function wholeTurn() {
  return {
    id: chatId,
    message: {
      id: "a-message",
      role: "user",
      parts: [
        { type: "text", text: "look at these" },
        { type: "file", mediaType: "image/png", filename: "a.png", url: "data:image/png;base64,iVBO" },
        { type: "file", mediaType: "image/png", filename: "b.png", url: `/api/files/${randomUUID()}` },
      ],
    },
    trigger: "submit-message",
    messageId: "another-message",
    agent: "assistant",
    model: "small",
    artifacts: [{ type: "CODE", content: "let it = be" }],
  }
}

test("B22 B23 characters that databases reject are refused in every string of a turn, at any depth", () => {
  parseTurnRequest(wholeTurn())
  const places = stringPlacesIn(wholeTurn())
  expect(places.length).toBe(19)
  const refusedText = fc.constantFrom("\0", "\uD800", "\uDFFF", "\uDE00\uD83D")
  fc.assert(
    fc.property(fc.constantFrom(...places), refusedText, fc.nat(), (place, refused, seed) => {
      for (const turn of [wholeTurn(), asStockClient(wholeTurn())]) {
        const spoiled = structuredClone(turn)
        spoil(spoiled, "message" in turn ? place : inMessages(place), (text) => {
          const at = seed % (text.length + 1)
          return text.slice(0, at) + refused + text.slice(at)
        })
        expect(refusalOf(spoiled), `at ${place.join(".")}`).toBeDefined()
      }
    }),
    seeded(500),
  )
})

test("B22 B23 the refusal gives their place", () => {
  const turn = wholeTurn()
  const [, file] = turn.message.parts
  Object.assign(file ?? {}, { mediaType: "image/\0" })
  expect(refusalOf(turn)).toMatchObject({
    code: "invalid_text",
    details: [{ path: "message.parts[1].mediaType", problem: "invalid_text" }],
  })
})

function refusalOf(body: unknown): ChatError | undefined {
  try {
    parseTurnRequest(body)
    return undefined
  } catch (error) {
    if (error instanceof ChatError) return error
    throw error
  }
}

type Place = (string | number)[]

function stringPlacesIn(value: unknown, at: Place = []): Place[] {
  if (typeof value === "string") return [at]
  if (Array.isArray(value)) return value.flatMap((item, index) => stringPlacesIn(item, [...at, index]))
  return Object.entries(value as object).flatMap(([name, item]) => stringPlacesIn(item, [...at, name]))
}

function spoil(value: object, [step, ...rest]: Place, change: (text: string) => string): void {
  const holder = value as Record<string | number, unknown> // a place leads through objects and arrays to a string
  if (step === undefined) return
  if (rest.length > 0) spoil(holder[step] as object, rest, change)
  else holder[step] = change(holder[step] as string)
}

function asStockClient({ message, ...turn }: ReturnType<typeof wholeTurn>) {
  return { ...turn, messages: [message] }
}

function inMessages([first, ...rest]: Place): Place {
  return first === "message" ? ["messages", 0, ...rest] : [first ?? "", ...rest]
}
