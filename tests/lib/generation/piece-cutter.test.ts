/** An answer is stored in pieces: folded, they are the message that its chunks build, wherever they were cut. */
import type { UIMessageChunk } from "ai"
import fc from "fast-check"
import { expect, test } from "vitest"
import { eventId } from "#lib/chat-protocol.ts"
import { messageBuilder } from "#lib/chunks/message-builder.ts"
import { foldPieces, type GrowingSave, type StoredChunk } from "#lib/chunks/pieces.ts"
import { pieceCutter } from "#lib/generation/storing/piece-cutter.ts"
import { seeded } from "#tests/support/seeded-property.ts"

/** Stores saves as the table does: a number that is taken keeps its chunks. */
function storedPieces() {
  const rows = new Map<number, string>()
  return {
    rows,
    store({ pieces, replaces }: GrowingSave) {
      if (replaces !== undefined) rows.delete(replaces)
      for (const { number, chunks } of pieces) if (!rows.has(number)) rows.set(number, JSON.stringify(chunks))
    },
    fold: () =>
      foldPieces(
        "m",
        [...rows].sort(([first], [second]) => first - second).map(([, chunks]) => JSON.parse(chunks) as StoredChunk[]),
      ),
  }
}

/** What answers are made of: texts that grow, calls that report their progress, and steps that are taken back. */
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("write" as const), words: fc.string({ maxLength: 8 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("end-text" as const, "reset" as const, "next-step" as const) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("think" as const), words: fc.string({ maxLength: 8 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "call" as const,
        "progress" as const,
        "progress" as const,
        "result" as const,
        "error" as const,
      ),
      call: fc.integer({ min: 0, max: 2 }),
      output: fc.integer(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("save" as const, "lose-reply" as const, "come-late" as const) }),
  },
)
type Action = typeof action extends fc.Arbitrary<infer Each> ? Each : never

/** Makes the chunks of actions: those that the AI SDK's reader would refuse are left out. */
function chunkWriter(): (action: Action) => UIMessageChunk[] {
  let texts = 0
  let open: string | undefined
  let step = 0
  let calls = new Set<string>()
  const endText = (): UIMessageChunk[] => {
    const id = open
    open = undefined
    return id === undefined ? [] : [{ type: "text-end", id }]
  }
  return (action) => {
    switch (action.kind) {
      case "write": {
        const start: UIMessageChunk[] = open === undefined ? [{ type: "text-start", id: `t${++texts}` }] : []
        open ??= `t${texts}`
        return [...start, { type: "text-delta", id: open, delta: action.words }]
      }
      case "think": {
        const id = `r${++texts}`
        return [
          { type: "reasoning-start", id },
          { type: "reasoning-delta", id, delta: action.words },
          { type: "reasoning-end", id },
        ]
      }
      case "end-text":
        return endText()
      case "reset":
        calls = new Set()
        open = undefined
        return [{ type: "reset-step" }]
      case "next-step":
        step++
        calls = new Set()
        return [...endText(), { type: "finish-step" }, { type: "start-step" }]
      case "call":
      case "progress":
      case "result":
      case "error": {
        const toolCallId = `c${step}-${action.call}`
        const isBegun = calls.has(toolCallId)
        calls.add(toolCallId)
        const begun: UIMessageChunk[] =
          isBegun && action.kind !== "call"
            ? []
            : [
                {
                  type: "tool-input-available",
                  toolCallId,
                  toolName: "shell",
                  input: { n: action.output },
                  dynamic: true,
                },
              ]
        if (action.kind === "call") return begun
        if (action.kind === "error")
          return [...begun, { type: "tool-output-error", toolCallId, errorText: `${action.output}`, dynamic: true }]
        const preliminary = action.kind === "progress" ? { preliminary: true } : {}
        return [
          ...begun,
          { type: "tool-output-available", toolCallId, output: action.output, dynamic: true, ...preliminary },
        ]
      }
      default:
        return []
    }
  }
}

test("folded pieces are the message's parts, whatever was lost, repeated or late on the way", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
      const cutter = pieceCutter()
      const stored = storedPieces()
      const whole = messageBuilder("m")
      const sent: GrowingSave[] = []
      const chunksOf = chunkWriter()
      let seq = 0
      const add = (chunk: UIMessageChunk) => {
        const event = { id: eventId(1, ++seq), chunk }
        cutter.add(event)
        whole.add(event)
      }
      const save = () => {
        const next = cutter.next()
        if (!next) return
        // The database gets a copy, as it is now.
        sent.push(structuredClone(next))
        stored.store(next)
      }
      add({ type: "start", messageId: "m" })
      add({ type: "start-step" })
      for (const each of actions) {
        for (const chunk of chunksOf(each)) add(chunk)
        if (each.kind === "save" || each.kind === "lose-reply") save()
        if (each.kind === "save") cutter.confirm()
        // A save that was given up reaches the database behind later ones.
        const late = sent.at(-2)
        if (each.kind === "come-late" && late) stored.store(late)
      }
      save()
      cutter.confirm()
      save()
      expect(await stored.fold()).toEqual(await whole.parts())
    }),
    seeded(200),
  )
})

test("what a running call reports is stored once, however long it runs and whatever is said meanwhile", () => {
  const cutter = pieceCutter()
  const stored = storedPieces()
  let seq = 0
  const add = (chunk: UIMessageChunk) => cutter.add({ id: eventId(1, ++seq), chunk })
  const save = () => {
    const next = cutter.next()
    if (next) stored.store(next)
    cutter.confirm()
  }
  for (const toolCallId of ["a", "b"]) add({ type: "tool-input-available", toolCallId, toolName: "shell", input: {} })
  add({ type: "text-start", id: "t" })
  for (let round = 0; round < 100; round++) {
    add({ type: "text-delta", id: "t", delta: "word " })
    for (const toolCallId of ["a", "b", "a"])
      add({ type: "tool-output-available", toolCallId, output: `${round}`.padEnd(1000), preliminary: true })
    save()
  }
  const all = [...stored.rows.values()].join("")
  expect(all.match(/preliminary/g)).toHaveLength(2)
  expect(all.length).toBeLessThan(2 * 1_200 + 100 * 100)
})
