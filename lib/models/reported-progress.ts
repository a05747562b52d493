/**
 * Keeps what a provider's own tool reports while it runs apart from its result: `streamText` drops the difference (AI
 * SDK 7.0.173), though it passes on the result's metadata.
 */
import type { LanguageModelV4, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import type { UIMessageChunk } from "ai"

const mark = { rejoin: { isProgress: true } }

/** Wraps a model so that its preliminary results can be told by `withProgress`. */
export function withReportedProgress(model: LanguageModelV4): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    doGenerate: (call) => model.doGenerate(call),
    async doStream(call) {
      const result = await model.doStream(call)
      const marking = new TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>({
        transform(part, controller) {
          controller.enqueue(isProgress(part) ? { ...part, providerMetadata: mark } : part)
        },
      })
      return { ...result, stream: result.stream.pipeThrough(marking) }
    },
  }
}

/** Returns the chunk, as preliminary if it is one of a marked result. */
export function withProgress(chunk: UIMessageChunk): UIMessageChunk {
  if (chunk.type !== "tool-output-available" || !chunk.providerMetadata?.["rejoin"]?.["isProgress"]) return chunk
  const { providerMetadata: _, ...progress } = chunk
  return { ...progress, preliminary: true }
}

function isProgress(
  part: LanguageModelV4StreamPart,
): part is Extract<LanguageModelV4StreamPart, { type: "tool-result" }> {
  return part.type === "tool-result" && part.preliminary === true
}
