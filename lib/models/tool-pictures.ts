/**
 * Sends pictures from tools in a form that servers accept. Without it they would be sent as text: tens of thousands of
 * characters of base64 in every later prompt.
 */
import type {
  LanguageModelV4,
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
} from "@ai-sdk/provider"
import { wrapLanguageModel } from "ai"
import { readableJson } from "#lib/bytes-in-json.ts"

type ToolMessage = Extract<LanguageModelV4Message, { role: "tool" }>
type ToolResult = Extract<ToolMessage["content"][number], { type: "tool-result" }>
type Content = Extract<ToolResult["output"], { type: "content" }>["value"]

/**
 * Wraps a model so that pictures follow the tool's message as a user's.
 * @param seesPictures false: the model is only told that there was one
 */
export function withPicturesAsUserMessage(model: LanguageModelV4, seesPictures: boolean): LanguageModelV4 {
  return wrapLanguageModel({
    model,
    middleware: {
      transformParams: async ({ params }) => ({ ...params, prompt: withPictures(params.prompt, seesPictures) }),
    },
  })
}

/** Wraps a model so that stored results contain their pictures as files rather than bytes as text. */
export function withPicturesInResults(model: LanguageModelV4, seesPictures: boolean): LanguageModelV4 {
  return wrapLanguageModel({
    model,
    middleware: {
      transformParams: async ({ params }) => ({
        ...params,
        prompt: params.prompt.map((message) =>
          message.role !== "tool"
            ? message
            : {
                ...message,
                content: message.content.map((part) =>
                  part.type === "tool-result" ? withFiles(part, seesPictures) : part,
                ),
              },
        ),
      }),
    },
  })
}

function withFiles(part: ToolResult, seesPictures: boolean): ToolResult {
  if (part.output.type !== "json") return part
  const value = contentIn(part.output)
  if (value === undefined) return part
  const content = value.map((item) =>
    item.type !== "file" || (seesPictures && item.mediaType.startsWith("image/"))
      ? item
      : { type: "text" as const, text: describedFile(item) },
  )
  return { ...part, output: { type: "content", value: content } }
}

function withPictures(prompt: LanguageModelV4Prompt, seesPictures: boolean): LanguageModelV4Prompt {
  return prompt.flatMap((message): LanguageModelV4Prompt => {
    if (message.role !== "tool") return [message]
    const pictures: LanguageModelV4FilePart[] = []
    const content = message.content.map((part) => (part.type === "tool-result" ? asText(part, pictures) : part))
    if (pictures.length === 0 || !seesPictures) return [{ ...message, content }]
    const intro = { type: "text" as const, text: "(The pictures that the tools gave, in order:)" }
    return [
      { ...message, content },
      { role: "user", content: [intro, ...pictures] },
    ]
  })
}

function asText(part: ToolResult, pictures: LanguageModelV4FilePart[]): ToolResult {
  const value = contentIn(part.output)
  if (value === undefined) return part
  const words = value.map((item) => {
    if (item.type === "text") return item.text
    if (item.type !== "file") return JSON.stringify(item)
    if (item.mediaType.startsWith("image/")) pictures.push({ type: "file", mediaType: item.mediaType, data: item.data })
    return describedFile(item)
  })
  return { ...part, output: { type: "text", value: words.join("\n") } }
}

function describedFile({ mediaType }: { mediaType: string }): string {
  return `[a file: ${mediaType}]`
}

/**
 * Reads a result's content, also one stored as plain JSON because its MCP server was unavailable at the time.
 * @returns undefined if it contains no bytes
 */
function contentIn(output: ToolResult["output"]): Content | undefined {
  if (output.type === "content") return output.value.some(({ type }) => type === "file") ? output.value : undefined
  if (output.type !== "json") return undefined
  const { json = "null", pictures } = readableJson(output.value)
  if (json === JSON.stringify(output.value)) return undefined
  const files = pictures.map(({ mediaType, base64 }) => fileOf(mediaType, base64))
  return [{ type: "text", text: json }, ...files]
}

function fileOf(mediaType: string, data: string): Content[number] {
  return { type: "file", mediaType, data: { type: "data", data } }
}
