/** Reads the updates of one run as the parts of a model's stream, in whatever pieces and whatever order they come. */
import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { beginningOf } from "#lib/text.ts"
import { trackedCalls } from "./calls.ts"
import { isProvidersId, type OwnText, ownTextIn } from "./finish.ts"
import type { PermissionRequest, SessionUpdate } from "./shapes.ts"

type Part = LanguageModelV4StreamPart

export interface RunReader {
  /** Reopens the text or thought that an earlier process has left open; call it first. */
  begin(): Part[]
  read(update: SessionUpdate): Part[]
  /** Closes the open text and asks for a decision. */
  ask(request: PermissionRequest, approvalId: string): Part[]
  /** Closes the open text. A last text of Goose's own is left out. */
  end(): { parts: Part[]; last: OwnText | undefined }
  /** Returns what running commands have printed and is due to be shown. */
  due(): Part[]
  /** in how many milliseconds `due` has something; undefined: nothing waits */
  dueInMs(): number | undefined
  /** true while a tool is at work that may be silent for long */
  isWorking(): boolean
  /** true once there is something to show, here or in what an earlier process has shown */
  hasSaid(): boolean
  /** true once Goose has said that the run is over */
  isOver(): boolean
}

type Kind = "text" | "reasoning"
interface OpenPart {
  kind: Kind
  id: string
  messageId: string | undefined
}
interface HeldText {
  kind: OwnText
  text: string
  messageId: string | undefined
}

/**
 * @param runId begins every id, so that all processes that read the run give its parts the same ids
 * @param known the parts that an earlier process has shown
 */
export function runReader(runId: string, known: ChatMessagePart[] = [], nowMs = () => performance.now()): RunReader {
  const calls = trackedCalls(runId, known, nowMs)
  const count = { text: 0, reasoning: 0 }
  for (const { type } of known) if (type === "text" || type === "reasoning") count[type]++
  let hasSaid = known.some(({ type }) => type !== "step-start")
  let providerNames = false
  let isOver = false
  let open: OpenPart | undefined
  let held: HeldText | undefined

  function close(): Part[] {
    if (!open) return []
    const { kind, id } = open
    open = undefined
    return [{ type: `${kind}-end`, id }]
  }

  function write(kind: Kind, delta: string, messageId: string | undefined): Part[] {
    const parts: Part[] = []
    const continues = open?.kind === kind && (messageId === undefined || open.messageId === messageId)
    if (!open || !continues) {
      parts.push(...close())
      open = { kind, id: `${runId}:${kind}:${count[kind]++}`, messageId }
      parts.push({ type: `${kind}-start`, id: open.id, ...named(messageId) })
    }
    hasSaid = true
    return [...parts, { type: `${kind}-delta`, id: open.id, delta }]
  }

  /** Writes a text that was held back: something came after it, so a model has written it. */
  function release(): Part[] {
    const text = held
    held = undefined
    return text && text.kind !== "unknown" ? write("text", text.text, text.messageId) : []
  }

  function text(update: Extract<SessionUpdate, { sessionUpdate: "agent_message_chunk" }>): Part[] {
    const { content, messageId, _meta } = update
    if (!content || content.text === "") return []
    const isLengthNote = _meta?.goose?.outputTokenLimitReached !== undefined
    const own = ownTextIn({ text: content.text, messageId, isLengthNote }, providerNames)
    providerNames ||= isProvidersId(messageId)
    const before = release()
    if (own === undefined) return [...before, ...write("text", content.text, messageId)]
    held = { kind: own, text: content.text, messageId }
    return before
  }

  return {
    begin() {
      const last = known.at(-1)
      if ((last?.type !== "text" && last?.type !== "reasoning") || last.state !== "streaming") return []
      const messageId = last.providerMetadata?.["goose"]?.["messageId"]
      open = {
        kind: last.type,
        id: `${runId}:${last.type}:${count[last.type] - 1}`,
        messageId: typeof messageId === "string" ? messageId : undefined,
      }
      providerNames = isProvidersId(open.messageId)
      return [{ type: `${open.kind}-start`, id: open.id, ...named(open.messageId) }]
    },

    read(update) {
      switch (update.sessionUpdate) {
        case "agent_message_chunk":
          return text(update)
        case "agent_thought_chunk": {
          const { content, messageId } = update
          if (!content || content.text === "") return []
          providerNames ||= isProvidersId(messageId)
          return [...release(), ...write("reasoning", content.text, messageId)]
        }
        case "tool_call": {
          hasSaid = true
          return [...release(), ...close(), ...calls.begin(update)]
        }
        case "tool_call_update": {
          const parts = calls.update(update)
          // What a running command prints does not end a text that is written meanwhile.
          return parts.some(({ type }) => type === "tool-call") ? [...release(), ...close(), ...parts] : parts
        }
        case "plan": {
          const entries = update.entries.flatMap((entry) =>
            entry ? [{ content: entry.content, status: entry.status }] : [],
          )
          return [...release(), ...close(), ...calls.plan(entries)]
        }
        case "session_info_update":
          if (update._meta?.goose?.activeRunId !== undefined) isOver = update._meta.goose.activeRunId === null
          return []
        default:
          return []
      }
    },

    ask({ call }, approvalId) {
      const { parts, toolCallId } = calls.ask(call)
      hasSaid = true
      return [...release(), ...close(), ...parts, { type: "tool-approval-request", approvalId, toolCallId }]
    },

    end() {
      const last = held?.kind
      held = undefined
      return { parts: close(), last }
    },

    due: () => calls.due(nowMs()),
    dueInMs() {
      const dueAtMs = calls.dueAtMs()
      return dueAtMs === undefined ? undefined : Math.max(0, dueAtMs - nowMs())
    },
    isWorking: calls.isWorking,
    hasSaid: () => hasSaid,
    isOver: () => isOver,
  }
}

const maxNameChars = 200

/** Keeps the provider's id with the part: another process must know whether the next words belong to it. */
function named(messageId: string | undefined) {
  return messageId === undefined
    ? {}
    : { providerMetadata: { goose: { messageId: beginningOf(messageId, maxNameChars) } } }
}
