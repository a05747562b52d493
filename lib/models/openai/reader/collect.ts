import type {
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamResult,
} from "@ai-sdk/provider"

/** Collects a streamed answer into a whole one. @throws the answer's error */
export async function collected({
  stream,
  request,
  response,
}: LanguageModelV4StreamResult): Promise<LanguageModelV4GenerateResult> {
  const open = new Map<string, { type: "text" | "reasoning"; text: string }>()
  const content: LanguageModelV4Content[] = []
  let result: LanguageModelV4GenerateResult | undefined
  let warnings: LanguageModelV4GenerateResult["warnings"] = []
  let metadata: LanguageModelV4GenerateResult["response"]
  for await (const part of stream) {
    switch (part.type) {
      case "stream-start":
        warnings = part.warnings
        break
      case "response-metadata": {
        const { type: _, ...fields } = part
        metadata = fields
        break
      }
      case "text-start":
      case "reasoning-start": {
        const block = { type: part.type === "text-start" ? ("text" as const) : ("reasoning" as const), text: "" }
        open.set(part.id, block)
        content.push(block)
        break
      }
      case "text-delta":
      case "reasoning-delta": {
        const block = open.get(part.id)
        if (block) block.text += part.delta
        break
      }
      case "text-end":
        if (part.providerMetadata) becomeThought(open.get(part.id))
        break
      case "tool-call":
        content.push(part)
        break
      case "error":
        throw part.error
      case "finish":
        result = { content, warnings, finishReason: part.finishReason, usage: part.usage }
    }
  }
  if (!result) throw new Error("the answer has no end")
  return { ...result, ...(request && { request }), response: { ...metadata, ...response } }
}

/** Turns a text into a thought; `wasThought` is the only metadata that a text's end carries. */
function becomeThought(block: { type: "text" | "reasoning" } | undefined): void {
  if (block) block.type = "reasoning"
}
