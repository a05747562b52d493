import { z } from "zod"
import {
  type Compaction,
  finalStatuses,
  leftOutKinds,
  type MessageMetadata,
  messageStatuses,
  type Usage,
} from "#lib/chat-protocol.ts"
import { named } from "../shape.ts"

export const statusShape = z.enum(messageStatuses)
export const finalStatusShape = z.enum(finalStatuses)

const usageShape = named(
  "Usage",
  z.object({
    inputTokens: z.number(),
    outputTokens: z.number(),
    cachedInputTokens: z.number(),
    reasoningTokens: z.number(),
    estimated: z.boolean().describe("whether the provider reported nothing usable"),
    isLowerBound: z.literal(true).optional().describe("true if only a part of what was used is known"),
  }) satisfies z.ZodType<Usage>,
)
export const usageFields = usageShape.shape

const artifactShape = z.object({ type: z.string(), content: z.string() })

const compactionShape = named(
  "Compaction",
  z.object({
    summary: z.string(),
    tokensBefore: z.number(),
    tokensAfter: z.number(),
    model: z.string(),
    createdAt: z.iso.datetime(),
  }) satisfies z.ZodType<Compaction>,
)

const metadataShape = named(
  "MessageMetadata",
  z.object({
    status: statusShape,
    createdAt: z.iso.datetime().optional(),
    model: z.string().optional(),
    usage: usageShape.optional(),
    tookMs: z.number().optional(),
    firstWordMs: z.number().optional(),
    cutBy: z.enum(["length", "content-filter", "tool-calls"]).optional(),
    leftOut: z.array(z.enum(leftOutKinds)).optional(),
    error: z
      .object({
        code: z.string(),
        message: z.string(),
        retryable: z.boolean().optional(),
        retryAt: z.iso.datetime().optional(),
      })
      .optional(),
    artifacts: z.array(artifactShape).optional(),
    continuedBy: z.string().optional().describe("the id of the answer that went on with this one"),
    branches: z.object({ ids: z.array(z.string()), index: z.number() }).optional(),
    compaction: compactionShape.optional(),
  }) satisfies z.ZodType<MessageMetadata>,
)

/** Parts are the AI SDK's own: its types say what each may have. */
export const messageShape = named(
  "UIMessage",
  z.object({
    id: z.string(),
    role: z.enum(["user", "assistant"]),
    parts: z.array(z.looseObject({ type: z.string() })),
    metadata: metadataShape.optional(),
  }),
)

export const messagesShape = named("Messages", z.object({ messages: z.array(messageShape) }))

export const exportShape = named(
  "ExportedChat",
  z.object({
    id: z.uuid(),
    title: z.string(),
    agent: z.string(),
    exportedAt: z.iso.datetime(),
    messages: z.array(messageShape),
  }),
)

export const chunkShape = named(
  "UIMessageChunk",
  z
    .looseObject({ type: z.string() })
    .describe("one event of an answer, as the AI SDK defines it; the last is `finish`, `abort` or `error`"),
)
