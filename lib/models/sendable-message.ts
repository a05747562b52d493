/** Selects the parts of a message to send: no empty ones, and nothing malformed that a server would refuse. */
import type { LanguageModelV4Message, LanguageModelV4ToolCallPart } from "@ai-sdk/provider"
import { tookMsKey } from "#lib/chat-protocol.ts"

type SpokenMessage = Exclude<LanguageModelV4Message, { role: "system" }>
type AssistantPart = Extract<SpokenMessage, { role: "assistant" }>["content"][number]

/** Returns the message, or nothing if no part of it should be sent. */
export function sendableMessage(message: LanguageModelV4Message): LanguageModelV4Message[] {
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
      const content = sendableParts(message.content)
      // A message must not consist of a thought alone.
      const hasContent = content.some(({ type }) => type !== "reasoning" && type !== "reasoning-file")
      return hasContent ? [{ ...message, content }] : []
    }
  }
}

function sendableParts(parts: AssistantPart[]): AssistantPart[] {
  const hasCall = parts.some(({ type }) => type === "tool-call")
  return parts.flatMap((part): AssistantPart[] => {
    if (part.type === "text") return part.text.trim() === "" ? [] : [part]
    if (part.type === "reasoning") return hasCall || isSigned(part.providerOptions) ? [part] : []
    if (part.type === "tool-call") return [{ ...part, toolName: nameOf(part.toolName), input: objectOf(part) }]
    if (part.type === "tool-result") return [{ ...part, toolName: nameOf(part.toolName) }]
    return [part]
  })
}

/**
 * Tells whether a provider signed a thought, which must then be sent back. Thoughts before a call are sent too, since
 * some servers require them; any others are noise to most models, and some servers refuse them.
 */
function isSigned(providerOptions: object | undefined): boolean {
  return Object.keys(providerOptions ?? {}).some((key) => key !== tookMsKey)
}

/**
 * Replaces an invalid input by an empty object; the error that the call got follows it, without repeating the input.
 */
function objectOf({ input }: LanguageModelV4ToolCallPart): unknown {
  return typeof input === "object" && input !== null && !Array.isArray(input) ? input : {}
}

/**
 * Cleans a tool name: models invent some (`functions.look`, `look<|channel|>…`), and servers refuse invalid ones even
 * in old calls.
 */
function nameOf(toolName: string): string {
  return toolName.replace(/[^\w-]/g, "_").slice(0, 64) || "unknown"
}
