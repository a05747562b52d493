import { asSchema } from "ai"
import { describe, expect, test } from "vitest"
import { currentTimeTool } from "#lib/tools/current-time.ts"

const clockTool = currentTimeTool(() => new Date("2026-11-03T23:30:00Z"))
const context = { toolCallId: "1", messages: [], context: {} }

async function validated(input: unknown) {
  return asSchema(clockTool.inputSchema).validate?.(input)
}

test.for([
  ["UTC", "Tuesday, 3 November 2026 at 23:30:00 UTC"],
  ["Asia/Tokyo", "Wednesday, 4 November 2026 at 08:30:00 GMT+9"],
  ["America/New_York", "Tuesday, 3 November 2026 at 18:30:00 GMT-5"],
  ["+05:30", "Wednesday, 4 November 2026 at 05:00:00 GMT+5:30"],
] as const)("in %s it is %s", async ([timeZone, local]) => {
  expect(await clockTool.execute?.({ timeZone }, context)).toEqual({ timeZone, iso: "2026-11-03T23:30:00.000Z", local })
})

describe("time zones", () => {
  test("a missing time zone means UTC", async () => {
    expect(await validated({})).toEqual({ success: true, value: { timeZone: "UTC" } })
  })

  test.for(["Mars/Base", "", "__proto__", "../etc/localtime", "UTC\0", "x".repeat(65), "'; --", 7, null])(
    "%j is refused as a time zone",
    async (timeZone) => {
      expect(await validated({ timeZone })).toMatchObject({ success: false })
    },
  )
})
