/** Reads decisions on calls that wait: from the approval's own address, or from a stock client's copy of the answer. */
import { z } from "zod"
import type { Decision } from "#db/repository/turns/turn.ts"
import { ChatError } from "#lib/errors.ts"
import { isWellFormedText } from "../../text.ts"

export interface Decided {
  decisions: Decision[]
  /** the copy that a stock client shows and will continue; undefined: the client takes the answer from its start */
  shown?: ShownAnswer
}

/** A client's copy of an answer. It only decides which parts are not sent to that client again. */
export interface ShownAnswer {
  id: string
  parts: ShownPart[]
}

export type ShownPart = z.infer<typeof shownPartSchema>

const maxReasonChars = 1_000
const maxShownParts = 10_000

export const decisionSchema = z.strictObject({
  approvalId: z.string().regex(/^[\w.:-]{1,128}$/),
  approved: z.boolean(),
  reason: z.string().max(maxReasonChars).refine(isWellFormedText).optional(),
})

/** @throws ChatError "invalid_request" */
export function parseDecision(body: unknown): Decision {
  return checked(decisionSchema, body)
}

const shownPartSchema = z.object({
  type: z.string(),
  text: z.string().optional(),
  toolCallId: z.string().optional(),
  state: z.string().optional(),
  approval: z.object({ id: z.string(), approved: z.unknown(), reason: z.unknown() }).partial().optional(),
  sourceId: z.string().optional(),
  url: z.string().optional(),
})
const shownAnswerSchema = z.object({
  id: z.string().regex(/^[\w.:-]{1,128}$/),
  parts: z.array(shownPartSchema).max(maxShownParts),
})
const isOfAssistant = z.object({ role: z.literal("assistant"), parts: z.array(z.unknown()) })

/**
 * Reads decisions from the messages of a stock client: `addToolApprovalResponse` writes each into the call's part,
 * and the whole chat is posted once the last call of the last step is decided.
 * @param messageId names the answer (default: the last message)
 * @returns undefined if that is not an answer with decisions in it
 * @throws ChatError "invalid_request" if a decision cannot be read
 */
export function approvalsIn(messages: unknown[] = [], messageId?: string): Decided | undefined {
  const named = messages.findLast((message) => messageId !== undefined && idOf(message) === messageId)
  const answer = isOfAssistant.safeParse(named ?? messages.at(-1))
  if (!answer.success || !answer.data.parts.some(isDecided)) return undefined
  const shown = checked(shownAnswerSchema, named ?? messages.at(-1))
  const lastStep = shown.parts.slice(shown.parts.findLastIndex(({ type }) => type === "step-start") + 1)
  const decisions = lastStep.filter(isDecided).map(({ approval }) => {
    const { id: approvalId, ...said } = approval ?? {}
    return checked(decisionSchema, { approvalId, ...said })
  })
  return decisions.length > 0 ? { decisions, shown } : undefined
}

function idOf(message: unknown): unknown {
  return typeof message === "object" && message !== null && "id" in message ? message.id : undefined
}

function isDecided(part: unknown): boolean {
  return typeof part === "object" && part !== null && "state" in part && part.state === "approval-responded"
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new ChatError("invalid_request", { cause: parsed.error })
  return parsed.data
}
