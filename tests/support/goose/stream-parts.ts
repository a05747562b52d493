import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { ChatError, type ErrorCode } from "#lib/errors.ts"

type Part = LanguageModelV4StreamPart

/** The code of what an answer, or its finish, failed with. */
export function errorCodeOf(failed: object): ErrorCode | undefined {
  return "error" in failed && failed.error instanceof ChatError ? failed.error.code : undefined
}

/** All texts of a stream, one a text part. */
export function textsOf(parts: Part[]): string[] {
  return shownOf(parts).flatMap((part) => (part.type === "text" ? [part.text] : []))
}

interface Decision {
  approvalId: string
  approved: boolean
}

/**
 * What a message shows of these parts of one or several streams of the same run, as the generation passes them on: a
 * part that begins again while it is open goes on.
 * @throws if the parts are no valid stream
 */
export function shownOf(parts: Part[], decisions: Decision[] = []): ChatMessagePart[] {
  const shown: ChatMessagePart[] = []
  const open = new Map<string, Extract<ChatMessagePart, { type: "text" | "reasoning" }>>()
  const calls = new Map<string, Extract<ChatMessagePart, { type: "dynamic-tool" }>>()
  for (const part of parts) {
    switch (part.type) {
      case "text-start":
      case "reasoning-start": {
        if (open.has(part.id)) break
        const type = part.type === "text-start" ? ("text" as const) : ("reasoning" as const)
        const metadata = part.providerMetadata ? { providerMetadata: part.providerMetadata } : {}
        const begun = { type, text: "", state: "streaming" as const, ...metadata }
        open.set(part.id, begun)
        shown.push(begun)
        break
      }
      case "text-delta":
      case "reasoning-delta":
        known(open.get(part.id), part).text += part.delta
        break
      case "text-end":
      case "reasoning-end":
        known(open.get(part.id), part).state = "done"
        open.delete(part.id)
        break
      case "tool-call": {
        if (calls.has(part.toolCallId)) break
        const call = {
          type: "dynamic-tool" as const,
          toolCallId: part.toolCallId,
          toolName: part.toolName,
          state: "input-available" as const,
          input: JSON.parse(part.input) as unknown,
        }
        calls.set(part.toolCallId, call)
        shown.push(call)
        break
      }
      case "tool-result": {
        const result = part.isError ? { errorText: String(part.result) } : { output: part.result }
        const state = part.isError ? ("output-error" as const) : ("output-available" as const)
        const preliminary = part.preliminary ? { preliminary: true } : { preliminary: undefined }
        Object.assign(known(calls.get(part.toolCallId), part), { state, ...result, ...preliminary })
        break
      }
      case "tool-approval-request": {
        const decision = decisions.find(({ approvalId }) => approvalId === part.approvalId)
        const approved = decision ? { approved: decision.approved } : {}
        const state = decision ? ("approval-responded" as const) : ("approval-requested" as const)
        Object.assign(known(calls.get(part.toolCallId), part), {
          state,
          approval: { id: part.approvalId, ...approved },
        })
        break
      }
    }
  }
  return shown
}

function known<T>(found: T | undefined, part: Part): T {
  if (found === undefined) throw new Error(`nothing has begun for ${JSON.stringify(part)}`)
  return found
}
