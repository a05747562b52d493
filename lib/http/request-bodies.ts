/** The small JSON bodies of requests about a chat. */
import { z } from "zod"
import { maxTitleChars } from "#lib/chat-protocol.ts"
import { isWellFormedText } from "#lib/text.ts"
import { messageIdSchema, streamIdSchema } from "#lib/turns/request/turn-request.ts"

export const stopSchema = z.strictObject({ streamId: streamIdSchema.optional() })
export const branchSchema = z.strictObject({ messageId: messageIdSchema })
export const shareSchema = z.strictObject({})
export const titleSchema = z.strictObject({
  title: z
    .string()
    .refine(isWellFormedText)
    .transform((title) => title.replace(/\s+/g, " ").trim())
    .refine((title) => title.length <= maxTitleChars && !/^[\s\p{Cf}]*$/u.test(title)),
})
