/** A session's stored messages: as the model is given them, and as `session/load` replays them. */
import { randomUUID } from "node:crypto"
import { invalidParams } from "./json-rpc.ts"
import type { Part, Session, StoredMessage } from "./session-store.ts"
import { blocksSchema } from "./shapes.ts"

export const ownId = () => `msg_${randomUUID()}`
export const nowSeconds = () => Math.floor(Date.now() / 1_000)

/** Audio and binary resources are dropped without a word, and so is what is linked to. */
export function questionOf(prompt: unknown): StoredMessage {
  const blocks = blocksSchema.safeParse(prompt).data
  if (!blocks) throw invalidParams("invalid prompt")
  const parts = blocks.flatMap((block): Part[] => {
    if (block.type === "text") return [{ type: "text", text: block.text }]
    if (block.type === "image") return [{ type: "image", data: block.data, mimeType: block.mimeType }]
    if (block.type === "resource" && block.resource.text !== undefined)
      return [{ type: "text", text: `--- Resource: ${block.resource.uri} ---\n${block.resource.text}\n---\n` }]
    return []
  })
  return { role: "user", id: ownId(), created: nowSeconds(), parts }
}

/** Consecutive questions, of which all but the last failed, are glued together. */
export function promptOf(session: Session): object[] {
  const messages: { role: string; content: unknown; [key: string]: unknown }[] = []
  for (const { role, parts, isHidden } of session.messages) {
    if (isHidden) continue
    const previous = messages.at(-1)
    const text = parts.flatMap((part) => textFor(part, session) ?? []).join("\n")
    if (role === "assistant") messages.push(...assistantMessages(parts))
    else if (parts.some(({ type }) => type === "result")) messages.push(...toolMessages(parts))
    else if (previous?.role === "user") previous.content = `${previous.content}\n${withContext(text, session)}`
    else messages.push({ role: "user", content: withContext(text, session) })
  }
  return [{ role: "system", content: "You are a general-purpose AI agent called goose." }, ...messages]
}

/** One update a part. Texts that follow one another are one, though the model is given them on lines of their own. */
export function replayOf(session: Session): object[] {
  return session.messages.flatMap((message) => joined(message.parts).map((part) => replayed(message, part)))
}

function joined(parts: Part[]): Part[] {
  const whole: Part[] = []
  for (const part of parts) {
    const last = whole.at(-1)
    if (part.type === "text" && last?.type === "text") last.text += part.text
    else whole.push({ ...part })
  }
  return whole
}

function replayed({ role, id, created, outputTokenLimitReached }: StoredMessage, part: Part): object {
  const goose = { created, messageId: id, ...(outputTokenLimitReached && { outputTokenLimitReached }) }
  switch (part.type) {
    case "text":
    case "image":
      return {
        sessionUpdate: role === "user" ? "user_message_chunk" : "agent_message_chunk",
        content: part,
        messageId: id,
        _meta: { goose },
      }
    case "thought":
      return {
        sessionUpdate: "agent_thought_chunk",
        content: { type: "text", text: part.text },
        messageId: id,
        _meta: { goose },
      }
    case "call": {
      const extension = part.name === "shell" && { extensionName: "developer" }
      return {
        sessionUpdate: "tool_call",
        toolCallId: part.callId,
        title: part.title,
        rawInput: part.input,
        _meta: { goose: { toolCall: { toolName: part.name, ...extension }, ...goose } },
      }
    }
    case "result":
      return { ...resultUpdate(part), _meta: { goose } }
  }
}

export function resultUpdate({ callId, status, text, output }: Extract<Part, { type: "result" }>) {
  return {
    sessionUpdate: "tool_call_update",
    toolCallId: callId,
    status,
    content: [{ type: "content", content: { type: "text", text } }],
    ...(output && { rawOutput: output }),
  }
}

function textFor(part: Part, { model }: Session): string | undefined {
  if (part.type === "text") return part.text
  if (part.type !== "image") return undefined
  return model.startsWith("gpt-4o") ? "[image]" : "[image omitted: model does not support vision]"
}

function withContext(text: string, { cwd }: Session): string {
  const time = `${new Date().toISOString().slice(0, 16).replace("T", " ")}:00 +00:00`
  return `${text}\n<turn-context>\n<current-time>${time}</current-time>\n<working-directory>${cwd}</working-directory>\n</turn-context>`
}

function assistantMessages(parts: Part[]): { role: string; content: unknown; tool_calls?: object[] }[] {
  const text = parts.flatMap((part) => (part.type === "text" ? part.text : [])).join("")
  const tool_calls = parts.flatMap((part) =>
    part.type === "call"
      ? {
          id: part.callId,
          type: "function",
          function: { name: part.name, arguments: JSON.stringify(part.input) },
        }
      : [],
  )
  return [{ role: "assistant", content: text || null, ...(tool_calls.length > 0 && { tool_calls }) }]
}

function toolMessages(parts: Part[]): { role: string; content: unknown; tool_call_id: string }[] {
  return parts.flatMap((part) =>
    part.type === "result" ? { role: "tool", content: part.text, tool_call_id: part.callId } : [],
  )
}
