/** What of a message a model is told: nothing empty, and nothing that a model once said so badly that it is refused. */
import type { LanguageModelV4Message, LanguageModelV4ToolCallPart } from "@ai-sdk/provider"
import { tookMsKey } from "#lib/chat-protocol.ts"

type Said = Exclude<LanguageModelV4Message, { role: "system" }>
type AssistantPart = Extract<Said, { role: "assistant" }>["content"][number]

/** @returns the message, or none where nothing of it is to be told */
export function saidIn(message: LanguageModelV4Message): LanguageModelV4Message[] {
  switch (message.role) {
    case "system":
      return [message]
    case "user": {
      const content = message.content.filter((part) => part.type !== "text" || part.text.trim() !== "")
      return content.length === 0 ? [] : [{ ...message, content }]
    }
    case "tool": {
      const content = message.content.map((part) =>
        part.type === "tool-result" ? { ...part, toolName: nameOf(part.toolName) } : part,
      )
      return content.length === 0 ? [] : [{ ...message, content }]
    }
    case "assistant": {
      const content = saidByAssistant(message.content)
      // A thought alone is no message.
      const says = content.some(({ type }) => type !== "reasoning" && type !== "reasoning-file")
      return says ? [{ ...message, content }] : []
    }
  }
}

function saidByAssistant(parts: AssistantPart[]): AssistantPart[] {
  const hasCall = parts.some(({ type }) => type === "tool-call")
  return parts.flatMap((part): AssistantPart[] => {
    if (part.type === "text") return part.text.trim() === "" ? [] : [part]
    if (part.type === "reasoning") return hasCall || isDemanded(part.providerOptions) ? [part] : []
    if (part.type === "tool-call") return [{ ...part, toolName: nameOf(part.toolName), input: objectOf(part) }]
    if (part.type === "tool-result") return [{ ...part, toolName: nameOf(part.toolName) }]
    return [part]
  })
}

/**
 * A thought goes back with the call it led to (some servers insist on it), or where its provider signed it.
 * Any other is left out: to most models it is noise, and some servers refuse it.
 */
function isDemanded(providerOptions: object | undefined): boolean {
  return Object.keys(providerOptions ?? {}).some((key) => key !== tookMsKey)
}

/** The error that such a call got stands behind it; its words are not repeated. */
function objectOf({ input }: LanguageModelV4ToolCallPart): unknown {
  return typeof input === "object" && input !== null && !Array.isArray(input) ? input : {}
}

/** Models make names up (`functions.look`, `look<|channel|>…`), and servers refuse what is none: also in an old call. */
function nameOf(toolName: string): string {
  return toolName.replace(/[^\w-]/g, "_").slice(0, 64) || "unknown"
}
