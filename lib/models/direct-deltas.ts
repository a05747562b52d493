/**
 * Sends an answer's deltas past `streamText`, whose pipeline costs far more for each event than all other work
 * (`docs/decisions/024-deltas-pass-by-the-ai-sdk.md`). `streamText` gets the text of a part in one piece when the part
 * ends: what it asks the model next contains it.
 */
import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import type { UIMessageChunk } from "ai"

export interface DirectDeltas {
  /** the model to be asked in place of the given one: its stream has one delta for each part */
  readonly model: LanguageModelV4
  /**
   * Takes a chunk that has come out of `streamText`, once it is sent: the deltas of a part follow its start.
   */
  follow(chunk: UIMessageChunk): void
}

type Part = LanguageModelV4StreamPart
type Delta = Extract<Part, { type: `${Kind}-delta` }>
type Kind = "text" | "reasoning" | "tool-input"
export type DeltaChunk = Extract<UIMessageChunk, { type: Delta["type"] }>

/** Returns true for a delta that was sent already: the text of a whole part, which `streamText` passes on. */
export function isSentDirectly({ type }: UIMessageChunk): boolean {
  return type === "text-delta" || type === "reasoning-delta"
}

/**
 * Wraps the model of one answer.
 * @param send called with each delta as soon as its part's start was sent; it must not throw
 */
export function directDeltas(model: LanguageModelV4, send: (chunk: DeltaChunk) => void): DirectDeltas {
  /** `streamText` keeps the order of starts and gives them ids of its own, so they are matched by their order */
  const starting: Record<Kind, DirectPart[]> = { text: [], reasoning: [], "tool-input": [] }

  function begin(kind: Kind): DirectPart {
    const part = directPart(kind, send)
    starting[kind].push(part)
    return part
  }

  return {
    model: {
      specificationVersion: "v4",
      provider: model.provider,
      modelId: model.modelId,
      supportedUrls: model.supportedUrls,
      doGenerate: (call) => model.doGenerate(call),
      async doStream(call) {
        const result = await model.doStream(call)
        return { ...result, stream: withoutDeltas(result.stream, begin, call.abortSignal) }
      },
    },
    follow(chunk) {
      if (chunk.type === "text-start") starting.text.shift()?.open(chunk.id)
      else if (chunk.type === "reasoning-start") starting.reasoning.shift()?.open(chunk.id)
      else if (chunk.type === "tool-input-start") starting["tool-input"].shift()?.open(chunk.toolCallId)
    },
  }
}

interface DirectPart {
  add(delta: Delta): void
  /** Sends the deltas that have waited; later ones are sent at once. */
  open(id: string): void
  /** Returns all deltas in one; undefined if there were none, or nothing needs them. */
  whole(): Delta | undefined
}

function directPart(kind: Kind, send: (chunk: DeltaChunk) => void): DirectPart {
  let openId: string | undefined
  let waiting: Delta[] = []
  let text = ""
  let last: Delta | undefined
  let metadata: Delta["providerMetadata"]

  return {
    add(delta) {
      // A tool's input arrives whole, in its call.
      if (kind !== "tool-input") text += delta.delta
      // As the AI SDK has it: the latest metadata counts.
      metadata = delta.providerMetadata ?? metadata
      last = delta
      if (openId === undefined) waiting.push(delta)
      else send(chunkOf(delta, openId))
    },
    open(id) {
      openId = id
      for (const delta of waiting) send(chunkOf(delta, id))
      waiting = []
    },
    whole: () =>
      kind === "tool-input" || !last
        ? undefined
        : { ...last, delta: text, ...(metadata && { providerMetadata: metadata }) },
  }
}

function chunkOf({ type, delta, providerMetadata }: Delta, id: string): DeltaChunk {
  if (type === "tool-input-delta") return { type, toolCallId: id, inputTextDelta: delta }
  return providerMetadata ? { type, id, delta, providerMetadata } : { type, id, delta }
}

/** Reads on demand, as `streamText` does; a part without a start keeps its deltas, which `streamText` reports. */
function withoutDeltas(
  source: ReadableStream<Part>,
  begin: (kind: Kind) => DirectPart,
  signal: AbortSignal | undefined,
): ReadableStream<Part> {
  const reader = source.getReader()
  const parts = new Map<string, DirectPart>()

  /** Returns what `streamText` gets for a part of the model's stream. */
  function passedOn(part: Part): Part[] {
    switch (part.type) {
      case "text-delta":
      case "reasoning-delta":
      case "tool-input-delta": {
        const direct = parts.get(keyOf(part))
        direct?.add(part)
        return direct ? [] : [part]
      }
      case "text-start":
      case "reasoning-start":
      case "tool-input-start": {
        const before = takeWhole(keyOf(part))
        parts.set(keyOf(part), begin(kindOf(part)))
        return [...before, part]
      }
      case "text-end":
      case "reasoning-end":
      case "tool-input-end":
        return [...takeWhole(keyOf(part)), part]
      case "finish":
        return [...takeAll(), part]
      default:
        return [part]
    }
  }

  function takeWhole(key: string): Part[] {
    const whole = parts.get(key)?.whole()
    parts.delete(key)
    return whole ? [whole] : []
  }

  function takeAll(): Part[] {
    return [...parts.keys()].flatMap(takeWhole)
  }

  return new ReadableStream<Part>(
    {
      async pull(controller) {
        try {
          for (;;) {
            const { done, value } = await reader.read()
            const passed = done ? takeAll() : passedOn(value)
            for (const each of passed) controller.enqueue(each)
            if (done) return controller.close()
            if (passed.length > 0) return
          }
        } catch (error) {
          if (signal?.aborted) throw error
          // A failing stream drops what is on its way in `streamText`, and with it the start of a part whose words wait.
          controller.enqueue({ type: "error", error })
          controller.close()
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

function keyOf(part: { type: `${Kind}-${"start" | "delta" | "end"}`; id: string }): string {
  return `${kindOf(part)} ${part.id}`
}

function kindOf({ type }: { type: `${Kind}-${"start" | "delta" | "end"}` }): Kind {
  if (type.startsWith("text")) return "text"
  return type.startsWith("reasoning") ? "reasoning" : "tool-input"
}
