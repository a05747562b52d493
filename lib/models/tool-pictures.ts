/**
 * Pictures that tools gave, for servers that take none in a tool's message: without this they would be written there as
 * text, tens of thousands of characters of base64 in every later prompt.
 */
import type {
  LanguageModelV4,
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
} from "@ai-sdk/provider"
import { wrapLanguageModel } from "ai"

type ToolMessage = Extract<LanguageModelV4Message, { role: "tool" }>
type ToolResult = Extract<ToolMessage["content"][number], { type: "tool-result" }>
type Content = Extract<ToolResult["output"], { type: "content" }>["value"]

/**
 * The same model; pictures come after the tool's message, as something that is shown.
 * @param seesPictures false: the model is told that there was one
 */
export function showingToolPictures(model: LanguageModelV4, seesPictures: boolean): LanguageModelV4 {
  return wrapLanguageModel({
    model,
    middleware: {
      transformParams: async ({ params }) => ({ ...params, prompt: withPictures(params.prompt, seesPictures) }),
    },
  })
}

function withPictures(prompt: LanguageModelV4Prompt, seesPictures: boolean): LanguageModelV4Prompt {
  return prompt.flatMap((message): LanguageModelV4Prompt => {
    if (message.role !== "tool") return [message]
    const pictures: LanguageModelV4FilePart[] = []
    const content = message.content.map((part) => (part.type === "tool-result" ? worded(part, pictures) : part))
    if (pictures.length === 0 || !seesPictures) return [{ ...message, content }]
    const intro = { type: "text" as const, text: "(The pictures that the tools gave, in order:)" }
    return [
      { ...message, content },
      { role: "user", content: [intro, ...pictures] },
    ]
  })
}

function worded(part: ToolResult, pictures: LanguageModelV4FilePart[]): ToolResult {
  const value = contentIn(part.output)
  if (!value?.some((item) => item.type === "file")) return part
  const words = value.map((item) => {
    if (item.type === "text") return item.text
    if (item.type !== "file") return JSON.stringify(item)
    if (item.mediaType.startsWith("image/")) pictures.push({ type: "file", mediaType: item.mediaType, data: item.data })
    return `[a file: ${item.mediaType}]`
  })
  return { ...part, output: { type: "text", value: words.join("\n") } }
}

/** Also of results that were stored as they came, by a server whose tools are not there just now. */
function contentIn(output: ToolResult["output"]): Content | undefined {
  if (output.type === "content") return output.value
  if (output.type !== "json" || typeof output.value !== "object" || output.value === null) return undefined
  const content = "content" in output.value ? output.value["content"] : undefined
  if (!Array.isArray(content)) return undefined
  return content.map((item): Content[number] => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) return { type: "text", text: String(item) }
    const { type, text, data, mimeType } = item
    if (type === "text" && typeof text === "string") return { type, text }
    if (typeof data === "string" && typeof mimeType === "string")
      return { type: "file", mediaType: mimeType, data: { type: "data", data } }
    return { type: "text", text: JSON.stringify(item) }
  })
}
