/**
 * What Goose sends, read leniently: whatever is missing, new or of another kind must not end an answer. ACP's own
 * schemas refuse a whole message for one field of it, and say nothing of `_meta.goose`.
 */
import { z } from "zod"
import { parsedJson } from "#lib/parsed-json.ts"

const idSchema = z.union([z.string(), z.number()])
/** JSON-RPC's id of a request */
export type RequestId = z.output<typeof idSchema>

/** Any message of JSON-RPC. */
const messageSchema = z.object({
  id: idSchema.nullish(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z
    .object({ code: z.number().catch(0), data: z.unknown().optional() })
    .optional()
    .catch({ code: 0 }),
})
export type AcpMessage = z.output<typeof messageSchema>

/** Reads a message. @returns undefined if the text is none */
export function messageIn(text: string): AcpMessage | undefined {
  return messageSchema.safeParse(parsedJson(text)).data
}

const textField = z.string().optional().catch(undefined)

const gooseMeta = z
  .object({
    goose: z
      .object({
        activeRunId: z.string().nullable().optional().catch(undefined),
        outputTokenLimitReached: z.unknown().optional(),
        toolCall: z.object({ toolName: textField }).optional().catch(undefined),
      })
      .optional()
      .catch(undefined),
    toolNotification: z
      .object({
        type: textField,
        params: z
          .object({
            sequence: z.number().optional().catch(undefined),
            chunks: z.array(z.object({ stream: z.string(), output: z.string() }).optional().catch(undefined)).catch([]),
          })
          .optional()
          .catch(undefined),
      })
      .optional()
      .catch(undefined),
  })
  .optional()
  .catch(undefined)

const textBlock = z.object({ type: z.literal("text"), text: z.string() })

const chunkFields = { content: textBlock.optional().catch(undefined), messageId: textField, _meta: gooseMeta }
const callFields = {
  toolCallId: z.string(),
  title: textField,
  rawInput: z.unknown().optional(),
  _meta: gooseMeta,
}

/** The updates that are shown; any other is ignored. */
const updateSchema = z.discriminatedUnion("sessionUpdate", [
  z.object({ sessionUpdate: z.literal("agent_message_chunk"), ...chunkFields }),
  z.object({ sessionUpdate: z.literal("agent_thought_chunk"), ...chunkFields }),
  z.object({ sessionUpdate: z.literal("user_message_chunk"), ...chunkFields }),
  z.object({ sessionUpdate: z.literal("tool_call"), ...callFields }),
  z.object({
    sessionUpdate: z.literal("tool_call_update"),
    ...callFields,
    status: textField,
    content: z
      .array(z.object({ content: textBlock }).optional().catch(undefined))
      .nullish()
      .catch(undefined),
    rawOutput: z.unknown().optional(),
  }),
  z.object({
    sessionUpdate: z.literal("plan"),
    entries: z.array(z.object({ content: z.string(), status: textField }).optional().catch(undefined)).catch([]),
  }),
  z.object({ sessionUpdate: z.literal("session_info_update"), _meta: gooseMeta }),
  z.object({ sessionUpdate: z.literal("usage_update"), used: z.number().optional().catch(undefined) }),
])
export type SessionUpdate = z.output<typeof updateSchema>
export type ToolUpdate = Extract<SessionUpdate, { sessionUpdate: "tool_call" | "tool_call_update" }>

const notificationSchema = z.object({ sessionId: z.string(), update: updateSchema })

/** Reads an update of a session. @returns undefined if it is of another session or of a kind that is not shown */
export function updateIn(message: AcpMessage, sessionId: string): SessionUpdate | undefined {
  if (message.method !== "session/update") return undefined
  const params = notificationSchema.safeParse(message.params).data
  return params?.sessionId === sessionId ? params.update : undefined
}

const permissionSchema = z.object({
  sessionId: z.string(),
  toolCall: z.object(callFields),
})
/** Goose's question whether it may run a tool. */
export interface PermissionRequest {
  id: RequestId
  call: Omit<ToolUpdate, "sessionUpdate" | "status" | "content" | "rawOutput">
}

export function permissionIn(message: AcpMessage, sessionId: string): PermissionRequest | undefined {
  const { id, method } = message
  if (method !== "session/request_permission" || id === undefined || id === null) return undefined
  const params = permissionSchema.safeParse(message.params).data
  return params?.sessionId === sessionId ? { id, call: params.toolCall } : undefined
}

/** The answer to a prompt. */
export const promptResultSchema = z.object({
  stopReason: z.string().catch("end_turn"),
  usage: z
    .object({ totalTokens: z.unknown(), inputTokens: z.unknown(), outputTokens: z.unknown() })
    .partial()
    .nullish()
    .catch(undefined),
})
export type PromptResult = z.output<typeof promptResultSchema>

export const initializeSchema = z.object({
  protocolVersion: z.number(),
  agentCapabilities: z
    .object({
      loadSession: z.boolean().catch(false).optional(),
      promptCapabilities: z
        .object({ image: z.boolean().catch(false).optional() })
        .optional()
        .catch(undefined),
    })
    .catch({}),
})

const modesSchema = z.object({ currentModeId: z.string() }).nullish().catch(undefined)
export const newSessionSchema = z.object({ sessionId: z.string().min(1).max(200), modes: modesSchema })
export const loadSessionSchema = z.object({ modes: modesSchema }).catch({ modes: undefined })

const sessionSchema = z
  .object({ sessionId: z.string(), cwd: z.string(), _meta: z.object({ createdAt: z.string() }) })
  .optional()
  .catch(undefined)
export const sessionInfoSchema = z.object({ session: sessionSchema }).catch({ session: undefined })
export const sessionListSchema = z.object({
  sessions: z.array(sessionSchema).catch([]),
  nextCursor: z.string().nullish().catch(undefined),
})
