import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { streamText, wrapLanguageModel } from "ai"
import { describe, expect, test, vi } from "vitest"
import { deltaMerging, mergeDeltas } from "#lib/models/merge-deltas.ts"
import { sharedTick, type Tick } from "#lib/models/shared-tick.ts"
import { manualTick, modelOf, settled } from "#tests/support/providers/manual-tick.ts"
import { scripted } from "#tests/support/providers/scripted-model.ts"

type Part = LanguageModelV4StreamPart
type Delta = Extract<Part, { type: "text-delta" | "reasoning-delta" | "tool-input-delta" }>

const say = (delta: string, id = "a"): Delta => ({ type: "text-delta", id, delta })
const think = (delta: string, id = "a"): Delta => ({ type: "reasoning-delta", id, delta })
const end: Part = { type: "text-end", id: "a" }

describe("a part's deltas", () => {
  test("pass at once if they come first, then merged to one per tick", async () => {
    const tick = manualTick()
    const { provider, received } = await merged(tick)
    await provider.sends(say("one"), say(" two"), say(" three"))
    expect(received).toEqual([say("one")])
    tick.fire()
    await provider.sends(say(" four"), say(" five"))
    expect(received).toEqual([say("one"), say(" two three")])
    tick.fire()
    await provider.sends()
    expect(received).toEqual([say("one"), say(" two three"), say(" four five")])
  })

  test("pass at once again after a tick without any", async () => {
    const tick = manualTick()
    const { provider, received } = await merged(tick)
    await provider.sends(say("one"))
    tick.fire()
    await provider.sends(say(" two"), say(" three"))
    expect(received).toEqual([say("one"), say(" two")])
    tick.fire()
    await provider.sends()
    expect(received).toEqual([say("one"), say(" two"), say(" three")])
  })

  test("are merged for each part separately, however the parts alternate", async () => {
    const tick = manualTick()
    const { provider, received } = await merged(tick)
    const call: Delta = { type: "tool-input-delta", id: "a", delta: "{" }
    await provider.sends(say("1"), say("1", "b"), think("1"), call, say("2"), think("2"), say("2", "b"), call, say("3"))
    expect(received.splice(0)).toEqual([say("1"), say("1", "b"), think("1"), call])
    tick.fire()
    await provider.sends()
    expect(received).toEqual([say("23"), say("2", "b"), think("2"), call])
  })

  test("keep the latest providerMetadata, even if a later delta has none", async () => {
    const tick = manualTick()
    const { provider, received } = await merged(tick)
    const signed = (signature: string) => ({ providerMetadata: { provider: { signature } } })
    await provider.sends(think(""), { ...think("so"), ...signed("s1") }, { ...think(""), ...signed("s2") }, think("!"))
    tick.fire()
    await provider.sends()
    expect(received[1]).toEqual({ ...think("so!"), ...signed("s2") })
  })

  test.for<Part>([
    end,
    { type: "text-start", id: "b" },
    { type: "tool-call", toolCallId: "c", toolName: "t", input: "{}" },
    { type: "source", sourceType: "url", id: "s", url: "https://example.com" },
    { type: "error", error: "broken" },
    { type: "ping" },
  ])("are passed on before a chunk of another kind: $type", async (other) => {
    const { provider, received } = await merged(manualTick())
    await provider.sends(say("one"), say(" two"), say(" three"), other)
    expect(received).toEqual([say("one"), say(" two three"), other])
  })
})

describe("the end of a stream", () => {
  test("a stream that breaks off has delivered every delta", async () => {
    const tick = manualTick()
    const { provider, received, finished } = await merged(tick)
    await provider.sends(say("one"), say(" two"))
    provider.close()
    await finished
    expect(received).toEqual([say("one"), say(" two")])
    expect(tick.joinedCount).toBe(0)
  })

  test("a failing stream delivers every delta, however late it is read, and then fails with the same error", async () => {
    const tick = manualTick()
    const provider = providerOf()
    const reader = await readerOf(provider, tick)
    const reads = [reader.read(), reader.read(), reader.read()]
    await provider.sends(say("one"), think("one"), say(" two"), think(" two"))
    const lost = new Error("connection lost")
    provider.fail(lost)
    await settled()
    const received = [...(await Promise.all(reads)), await reader.read()].map(({ value }) => value)
    expect(received).toEqual([say("one"), think("one"), say(" two"), think(" two")])
    await expect(reader.read()).rejects.toBe(lost)
    expect(tick.joinedCount).toBe(0)
  })

  test("a reader that leaves between two ticks leaves nothing behind, and the provider hears why", async () => {
    const tick = manualTick()
    const { provider, reader, received } = await merged(tick)
    await provider.sends(say("one"), say(" two"))
    await reader.cancel("enough")
    expect(provider.cancelledFor).toBe("enough")
    expect(tick.joinedCount).toBe(0)
    tick.fire()
    await settled()
    expect(received).toEqual([say("one")])
  })

  test("a reader that leaves between two reads leaves nothing behind", async () => {
    const tick = manualTick()
    const provider = providerOf()
    const reader = await readerOf(provider, tick)
    provider.sendNow(say("one"))
    await reader.read()
    expect(tick.joinedCount).toBe(1)
    await reader.cancel()
    expect(tick.joinedCount).toBe(0)
  })

  test("deltas that arrive in the very moment of the reader's leaving wait for no tick", async () => {
    const tick = manualTick()
    const { provider, reader } = await merged(tick)
    await provider.sends(say("one"))
    provider.sendNow(say(" two"))
    await reader.cancel()
    await settled()
    expect(tick.joinedCount).toBe(0)
  })

  test("an answer that is stopped between two ticks ends, and so does its model", async () => {
    const tick = manualTick()
    const inner = scripted("one two three", { held: true })
    const stopping = new AbortController()
    const model = wrapLanguageModel({ model: inner, middleware: mergeDeltas(tick) })
    const types: string[] = []
    const reading = (async () => {
      for await (const part of streamText({ model, prompt: "Hi", abortSignal: stopping.signal }).stream)
        types.push(part.type)
    })()
    await inner.releaseUntil("two")
    expect(tick.joinedCount).toBe(1)
    stopping.abort()
    await reading
    expect(types.at(-1)).toBe("abort")
    expect(inner.brokenOff).toBe(1)
    expect(tick.joinedCount).toBe(0)
  })
})

test("the provider is read when the reader asks, not ahead of time", async () => {
  const provider = providerOf()
  const reader = await readerOf(provider, manualTick())
  await provider.sends(end, end, end)
  expect(provider.taken).toBe(0)
  await reader.read()
  await settled()
  expect(provider.taken).toBe(1)
})

test("a hundred answers share one timer, and none is left when they are over", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
  const started = vi.spyOn(globalThis, "setTimeout")
  const cleared = vi.spyOn(globalThis, "clearTimeout")
  // Other work of this process may set timers, too, but none of this length.
  const timers = () => started.mock.results.filter((_, index) => started.mock.calls[index]?.[1] === 33)
  const tick = sharedTick({ everyMs: 33, load: () => 0 })
  const answers = await Promise.all(Array.from({ length: 100 }, () => merged(tick)))
  await Promise.all(answers.map(({ provider }) => provider.sends(say("one"), say(" two"), say(" three"))))
  expect(timers()).toHaveLength(1)
  vi.advanceTimersByTime(33)
  await settled()
  for (const { received } of answers) expect(received).toEqual([say("one"), say(" two three")])
  for (const { provider } of answers) provider.close()
  await Promise.all(answers.map(({ finished }) => finished))
  expect(timers()).toHaveLength(2)
  expect(cleared).toHaveBeenCalledWith(timers().at(-1)?.value)
})

test("with merging off, the model is returned unchanged", () => {
  const model = scripted("Hi")
  expect(deltaMerging(0)(model)).toBe(model)
  expect(deltaMerging(33)(model)).not.toBe(model)
})

/** A provider that sends when the test says so. */
function providerOf() {
  let cancelledFor: unknown
  let sent = 0
  let controller: ReadableStreamDefaultController<Part>
  const stream = new ReadableStream<Part>(
    {
      start(own) {
        controller = own
      },
      cancel(reason) {
        cancelledFor = reason
      },
    },
    { highWaterMark: 0 },
  )
  const sendNow = (...parts: Part[]) => {
    sent += parts.length
    for (const part of parts) controller.enqueue(part)
  }
  return {
    stream,
    sendNow,
    async sends(...parts: Part[]) {
      sendNow(...parts)
      await settled()
    },
    close: () => controller.close(),
    fail: (error: unknown) => controller.error(error),
    get cancelledFor() {
      return cancelledFor
    },
    get taken() {
      return sent + (controller.desiredSize ?? 0)
    },
  }
}

type Provider = ReturnType<typeof providerOf>

async function readerOf(provider: Provider, tick: Tick): Promise<ReadableStreamDefaultReader<Part>> {
  const { stream } = await modelOf(provider.stream, tick).doStream({ prompt: [] })
  return stream.getReader()
}

/** A merged stream whose parts are received as they come. */
async function merged(tick: Tick) {
  const provider = providerOf()
  const reader = await readerOf(provider, tick)
  const received: Part[] = []
  const finished = (async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) received.push(next.value)
  })()
  return { provider, reader, received, finished }
}
