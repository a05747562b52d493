import type { LanguageModelV4, LanguageModelV4CallOptions } from "@ai-sdk/provider"
import { playBeats, type Wait } from "./paced-stream.ts"
import { beatsOf, contentOf, finishReasonOf, type ScriptedStep, usageOf } from "./script.ts"
import { demoStep } from "./scripted-demo.ts"

export interface ScriptedModelOptions {
  /** default 40 */
  tokensPerSecond?: number
  /** default 300 */
  firstTokenMs?: number
  /** the reasoning part at the start of an answer; default true */
  reasoning?: boolean
  /** answers a prompt; default: the demo's answers */
  step?: (call: LanguageModelV4CallOptions) => ScriptedStep
  /** default: the real clock */
  wait?: Wait
}

/**
 * Creates a model that needs no key and no network and follows its script at a believable pace. By default it explains
 * this service and calls the tools it is offered.
 */
export function scriptedModel(options: ScriptedModelOptions = {}): LanguageModelV4 {
  const { tokensPerSecond = 40, firstTokenMs = 300, reasoning = true, step = demoStep, wait } = options
  const stepFor = (call: LanguageModelV4CallOptions): ScriptedStep => {
    const chosen = step(call)
    return reasoning && call.reasoning !== "none" ? chosen : { ...chosen, reasoning: undefined }
  }
  return {
    specificationVersion: "v4",
    provider: "rejoin.scripted",
    modelId: "scripted",
    supportedUrls: {},
    async doStream(call) {
      const beats = beatsOf(stepFor(call), { tokensPerSecond, firstTokenMs }, inputTokensOf(call))
      return { stream: playBeats(beats, { wait, abortSignal: call.abortSignal }) }
    },
    async doGenerate(call) {
      call.abortSignal?.throwIfAborted()
      const chosen = stepFor(call)
      return {
        content: contentOf(chosen),
        finishReason: finishReasonOf(chosen),
        usage: usageOf(chosen, inputTokensOf(call)),
        warnings: [],
      }
    },
  }
}

/** Estimates tokens by the usual rule of thumb: four characters each. */
function inputTokensOf(call: LanguageModelV4CallOptions): number {
  return Math.ceil(JSON.stringify(call.prompt).length / 4)
}
