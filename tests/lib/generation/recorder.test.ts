import { describe, expect, test } from "vitest"
import { type ChatMessagePart, eventId } from "#lib/chat-protocol.ts"
import { foldPieces, type GrowingSave } from "#lib/chunks/pieces.ts"
import { recorder } from "#lib/generation/storing/recorder.ts"
import { textOf } from "#tests/support/text-of.ts"

/** A database that answers when the test says so. */
function heldDatabase() {
  const saves: { save: GrowingSave; settle: PromiseWithResolvers<{ isStopRequested: boolean } | undefined> }[] = []
  const ends: ChatMessagePart[][] = []
  let inFlight = 0
  let mostInFlight = 0
  return {
    saves,
    ends,
    mostInFlight: () => mostInFlight,
    streams: {
      async saveGrowing(_streamId: string, _epoch: number, save: GrowingSave) {
        const settle = Promise.withResolvers<{ isStopRequested: boolean } | undefined>()
        saves.push({ save, settle })
        mostInFlight = Math.max(mostInFlight, ++inFlight)
        return settle.promise.finally(() => inFlight--)
      },
      async end({ parts }: { parts: ChatMessagePart[] }) {
        ends.push(parts)
        return true
      },
    },
  }
}

function recording(database = heldDatabase()) {
  const heard: string[] = []
  const problems: unknown[] = []
  let seq = 0
  const record = recorder({
    repository: { streams: database.streams },
    streamId: "stream",
    epoch: 1,
    messageId: "message",
    saveEveryChars: 200,
    onStopRequested: () => heard.push("stop"),
    onReplaced: () => heard.push("replaced"),
    onProblem: (error) => problems.push(error),
    isLeaving: () => false,
  })
  record.record({ id: eventId(1, ++seq), chunk: { type: "text-start", id: "0" } })
  const write = (delta: string) =>
    record.record({ id: eventId(1, ++seq), chunk: { type: "text-delta", id: "0", delta } })
  /** Resolves when a save that has begun has reached the database: it asks for the parts first, as this does. */
  const settled = async () => {
    await record.parts()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const end = () =>
    record.end(() => ({
      status: "COMPLETE",
      metadata: {},
      sources: [],
      lastEventId: "1-9",
      charge: { model: "m", usage: noUsage },
    }))
  return { database, heard, problems, write, settled, end, saveLast: record.saveLast }
}

/** Reads the text as it is stored after the save at `index`. */
async function savedText({ saves }: ReturnType<typeof heldDatabase>, index: number): Promise<string> {
  const pieces = new Map(
    saves.slice(0, index + 1).flatMap(({ save }) => save.pieces.map((each) => [each.number, each.chunks])),
  )
  return textOf({ parts: await foldPieces("message", [...pieces.values()]) })
}

const noUsage = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: 0, estimated: true }

describe("the growing save", () => {
  test("is repeated if the text during a save would exceed the limit with one more word", async () => {
    const { database, write } = recording()
    write("x".repeat(200))
    await expect.poll(() => database.saves.length).toBe(1)
    for (let index = 0; index < 3; index++) write("x".repeat(65))
    database.saves[0]?.settle.resolve({ isStopRequested: false })
    await expect.poll(() => database.saves.length).toBe(2)
    expect(await savedText(database, 1)).toHaveLength(395)
  })

  test("starts before more than 200 characters are unsaved, and not earlier", async () => {
    const { database, write, settled } = recording()
    for (let index = 0; index < 39; index++) write("12345")
    await settled()
    expect(database.saves).toHaveLength(0)
    write("12345")
    await expect.poll(() => database.saves.length).toBe(1)
    expect(await savedText(database, 0)).toHaveLength(200)
  })

  test("starts early enough that text during a save as slow as the last stays within 200 characters", async () => {
    const { database, write, settled } = recording()
    for (let index = 0; index < 40; index++) write("12345")
    await expect.poll(() => database.saves.length).toBe(1)
    for (let index = 0; index < 16; index++) write("12345")
    database.saves[0]?.settle.resolve({ isStopRequested: false })
    await settled()
    for (let index = 0; index < 8; index++) write("12345")
    await settled()
    expect(database.saves).toHaveLength(1)
    write("12345")
    await expect.poll(() => database.saves.length).toBe(2)
    expect(await savedText(database, 1)).toHaveLength(200 + 80 + 45)
  })

  test("never has two writes in flight: newer text waits for the next one", async () => {
    const { database, write } = recording()
    for (let index = 0; index < 300; index++) write("12345")
    await expect.poll(() => database.saves.length).toBe(1)
    for (let index = 0; index < 300; index++) write("12345")
    database.saves[0]?.settle.resolve({ isStopRequested: false })
    await expect.poll(() => database.saves.length).toBe(2)
    expect(await savedText(database, 1)).toHaveLength(3000)
    database.saves[1]?.settle.resolve({ isStopRequested: false })
    expect(database.mostInFlight()).toBe(1)
  })

  test("that fails is repeated as it was, because it may have been stored, and newer text follows", async () => {
    const { database, problems, write, end } = recording()
    write("x".repeat(200))
    await expect.poll(() => database.saves.length).toBe(1)
    write("y".repeat(200))
    database.saves[0]?.settle.reject(new Error("gone"))
    await expect.poll(() => database.saves.length).toBe(2)
    expect(problems).toHaveLength(1)
    expect(database.saves[1]?.save).toEqual({ ...database.saves[0]?.save, isRepeated: true })
    database.saves[1]?.settle.resolve({ isStopRequested: false })
    await expect.poll(() => database.saves.length).toBe(3)
    database.saves[2]?.settle.resolve({ isStopRequested: false })
    expect(await savedText(database, 2)).toBe("x".repeat(200) + "y".repeat(200))
    await end()
    expect(textOf({ parts: database.ends[0] ?? [] })).toHaveLength(400)
  })

  test("before a handover repeats what may not be stored, and stores the rest", async () => {
    const { database, write, saveLast } = recording()
    write("x".repeat(200))
    await expect.poll(() => database.saves.length).toBe(1)
    write("y")
    const last = saveLast()
    database.saves[0]?.settle.reject(new Error("gone"))
    await expect.poll(() => database.saves.length).toBe(2)
    database.saves[1]?.settle.resolve({ isStopRequested: false })
    await expect.poll(() => database.saves.length).toBe(3)
    database.saves[2]?.settle.resolve({ isStopRequested: false })
    await last
    expect(database.saves[1]?.save).toEqual({ ...database.saves[0]?.save, isRepeated: true })
    expect(await savedText(database, 2)).toBe(`${"x".repeat(200)}y`)
  })

  test("of a takeover appends all that the dead producer wrote at once", async () => {
    const { database, write } = recording()
    // As it is replayed: in one turn of the event loop.
    for (let index = 0; index < 100; index++) write("x".repeat(50))
    await expect.poll(() => database.saves.length).toBe(1)
    expect(await savedText(database, 0)).toHaveLength(5000)
  })

  test("returns that a stop was requested, and that another process took over", async () => {
    const { database, heard, write } = recording()
    write("x".repeat(200))
    await expect.poll(() => database.saves.length).toBe(1)
    database.saves[0]?.settle.resolve({ isStopRequested: true })
    await expect.poll(() => heard).toEqual(["stop"])
    write("x".repeat(200))
    await expect.poll(() => database.saves.length).toBe(2)
    database.saves[1]?.settle.resolve(undefined)
    await expect.poll(() => heard).toEqual(["stop", "replaced"])
  })

  test("the last row waits for the save in flight and has every character", async () => {
    const { database, write, end } = recording()
    write("x".repeat(200))
    write("y".repeat(50))
    await expect.poll(() => database.saves.length).toBe(1)
    const ended = end()
    expect(database.ends).toHaveLength(0)
    database.saves[0]?.settle.resolve({ isStopRequested: false })
    expect(await ended).toBe(true)
    expect(textOf({ parts: database.ends[0] ?? [] })).toBe("x".repeat(200) + "y".repeat(50))
    expect(database.saves).toHaveLength(1)
  })
})
