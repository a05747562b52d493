import fc from "fast-check"
import { expect, test } from "vitest"
import { eventId } from "#lib/chat-protocol.ts"
import { offsetAfter, parseOffset, startOffset } from "#lib/durable/offsets.ts"
import { seeded } from "#tests/support/seeded-property.ts"

const number = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })

test("an event's offset leads back to the event", () => {
  fc.assert(
    fc.property(number, number, (epoch, seq) => {
      const position = eventId(epoch, seq)
      expect(parseOffset(offsetAfter(position))).toEqual({ kind: "after", position })
    }),
    seeded(200),
  )
})

test("offsets sort as text in the order of their events", () => {
  fc.assert(
    fc.property(number, number, number, number, (epoch, seq, otherEpoch, otherSeq) => {
      const isBefore = epoch < otherEpoch || (epoch === otherEpoch && seq < otherSeq)
      expect(offsetAfter(eventId(epoch, seq)) < offsetAfter(eventId(otherEpoch, otherSeq))).toBe(isBefore)
    }),
    seeded(200),
  )
  expect(offsetAfter("1-9") < offsetAfter("1-10")).toBe(true)
  expect(startOffset < offsetAfter("1-1")).toBe(true)
})

test("before the first event the offset is all zeros", () => {
  expect(offsetAfter(undefined)).toBe("0000000000000000_0000000000000000")
  for (const text of ["-1", startOffset, "0_0"]) expect(parseOffset(text)).toEqual({ kind: "start" })
})

test("an offset is accepted without its leading zeros, as other servers do", () => {
  expect(parseOffset("1_5")).toEqual({ kind: "after", position: "1-5" })
  expect(parseOffset("now")).toEqual({ kind: "now" })
})

test.each(["0_5", "5_0", "9007199254740992_1", "9999999999999999_9999999999999999"])(
  "%s is well-formed, and no event's",
  (text) => expect(parseOffset(text)).toEqual({ kind: "unknown" }),
)

test.each([
  "",
  " ",
  "1",
  "1-5",
  "1_5_1",
  "_",
  "1_",
  "_5",
  "+1_5",
  "-1_5",
  "1.0_5",
  "1e3_5",
  "0x1_5",
  "١_٥",
  "1_5\n",
  "NOW",
  "-2",
  "../../etc/passwd",
  `${"0".repeat(17)}_1`,
])("%j is malformed", (text) => expect(parseOffset(text)).toBeUndefined())
