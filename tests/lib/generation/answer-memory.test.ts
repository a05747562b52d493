import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import type { LanguageModelV4 } from "@ai-sdk/provider"
import { expect, test } from "vitest"
import { sendAnswer } from "#lib/generation/answer.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

test("listeners that HTTP clients add to an answer's abort signal are released when the answer has ended", async () => {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void // there by the flag
  const requests: WeakRef<object>[] = []
  const model = listening(scripted("one two three"), requests)
  for (let answers = 0; answers < 5; answers++) {
    const request = {
      model,
      instructions: "",
      messages: [{ role: "user" as const, content: "hello" }],
      tools: {},
      stopSignal: new AbortController().signal,
    }
    await sendAnswer(request, () => undefined)
  }
  expect(requests).toHaveLength(5)
  // The engine may keep the last one for as long as this function runs.
  await expect
    .poll(() => {
      collect()
      return requests.filter((request) => request.deref() !== undefined).length
    })
    .toBeLessThan(2)
})

/** A client that never takes its listener back, and whose listener holds the request. */
function listening(model: LanguageModelV4, requests: WeakRef<object>[]): LanguageModelV4 {
  return {
    ...model,
    doStream(call) {
      const request = { body: "x".repeat(1_000), prompt: call.prompt }
      requests.push(new WeakRef(request))
      call.abortSignal?.addEventListener("abort", () => void request.body)
      return model.doStream({ ...call, abortSignal: undefined })
    },
  }
}
