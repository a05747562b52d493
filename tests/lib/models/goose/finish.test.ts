import { expect, test } from "vitest"
import { finishOf, ownTextIn, refusalOf, usageOf } from "#lib/models/goose/finish.ts"
import { errorCodeOf } from "#tests/support/goose/stream-parts.ts"

// Written by Goose 1.50.0.
const failures = [
  "Ran into this error: Server error: 500 at http://127.0.0.1:4000/v1/chat/completions: boom.\n\nPlease retry if you think this is a transient or recoverable error.",
  "Network error: Stream decode error: error decoding response body\n\nPlease resend your message to try again.",
  "The model returned an empty response. Please resend your message to continue.",
]
const own = "msg_13e4581c-9d8f-4521-9053-14a89010ba54"
const usage = { totalTokens: 15, inputTokens: 10, outputTokens: 5 }
const textOf = (text: string, messageId: string | undefined) =>
  ownTextIn({ text, messageId, isLengthNote: false }, true)

test.each(failures)("a failure that Goose reports as a text is recognised: %s", (text) => {
  expect(textOf(text, own)).toBe("failure")
  expect(textOf(text, undefined)).toBe("failure")
  expect(errorCodeOf(finishOf({ stopReason: "end_turn", usage }, "failure", true))).toBe("agent_reported_error")
})

test.each(failures)("the same words are a model's where they have the provider's id: %s", (text) => {
  expect(textOf(text, "chatcmpl-9")).toBeUndefined()
  expect(textOf(text, "msg_01XFDUDYJgAACzvnptvVoYEL")).toBeUndefined()
})

test("any other text of Goose's own is known by its id, once the provider's ids have been seen", () => {
  expect(textOf("Something new.", own)).toBe("unknown")
  expect(ownTextIn({ text: "Hello", messageId: own, isLengthNote: false }, false)).toBeUndefined()
})

test("each way to end has its reason", () => {
  const endOf = (stopReason: string, last?: "length" | "actions") => finishOf({ stopReason, usage }, last, true)
  expect(endOf("end_turn")).toEqual({ reason: { unified: "stop", raw: "end_turn" } })
  expect(endOf("max_tokens")).toMatchObject({ reason: { unified: "length" } })
  expect(endOf("end_turn", "length")).toMatchObject({ reason: { unified: "length" } })
  expect(endOf("end_turn", "actions")).toMatchObject({ reason: { unified: "tool-calls" } })
  expect(endOf("max_turn_requests")).toMatchObject({ reason: { unified: "tool-calls" } })
  expect(endOf("refusal")).toMatchObject({ reason: { unified: "content-filter" } })
  expect(errorCodeOf(endOf("cancelled"))).toBe("agent_disconnected")
})

test("an answer without usage was cut, and one without any text failed", () => {
  expect(errorCodeOf(finishOf({ stopReason: "end_turn" }, undefined, true))).toBe("provider_truncated")
  expect(errorCodeOf(finishOf({ stopReason: "end_turn", usage }, undefined, false))).toBe("agent_reported_error")
})

test("a prompt that the provider refused is not worth another try", () => {
  expect(refusalOf({ code: -32000 }).code).toBe("provider_refused")
  expect(refusalOf({ code: -32603 }).code).toBe("provider_refused")
  expect(refusalOf({ code: -32602 }).code).toBe("agent_unavailable")
})

test("usage is a lower bound, and unknown where Goose repeats what it reported before", () => {
  expect(usageOf({ usage }, undefined)).toMatchObject({
    inputTokens: { total: 10 },
    outputTokens: { total: 5 },
    raw: { isLowerBound: true },
  })
  expect(usageOf({ usage }, 15).inputTokens.total).toBeUndefined()
  expect(usageOf({ usage: undefined }, undefined).outputTokens.total).toBeUndefined()
})
