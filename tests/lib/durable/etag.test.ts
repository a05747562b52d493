import { expect, test } from "vitest"
import { etagOf, isMatch } from "#lib/durable/etag.ts"

const etag = etagOf("a-stream", { from: "0_0", next: "1_5", isClosed: false })

test("an ETag names the stream, both offsets, and whether the stream is closed", () => {
  expect(etag).toBe('"a-stream:0_0:1_5"')
  const others = [
    etagOf("another", { from: "0_0", next: "1_5", isClosed: false }),
    etagOf("a-stream", { from: "1_1", next: "1_5", isClosed: false }),
    etagOf("a-stream", { from: "0_0", next: "1_6", isClosed: false }),
    etagOf("a-stream", { from: "0_0", next: "1_5", isClosed: true }),
  ]
  expect(new Set([etag, ...others]).size).toBe(5)
})

test.each([etag, `W/${etag}`, `"other", ${etag}`, `"other",W/${etag} , "third"`, "*", " * "])("%s matches", (header) =>
  expect(isMatch(header, etag)).toBe(true),
)

test.each([null, "", '"other"', "a-stream:0_0:1_5", '"a-stream:0_0:1_5', `w/${etag}`, "W/*", ", ,", "\u00ff"])(
  "%j does not match",
  (header) => expect(isMatch(header, etag)).toBe(false),
)
