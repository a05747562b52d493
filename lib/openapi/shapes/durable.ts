import { z } from "zod"
import { named } from "../shape.ts"
import { chunkShape } from "./messages.ts"

export const chunksShape = named("UIMessageChunks", z.array(chunkShape))

export const durableControlShape = named(
  "DurableControl",
  z.object({
    streamNextOffset: z.string(),
    streamCursor: z.string().optional(),
    upToDate: z.literal(true).optional(),
    streamClosed: z.literal(true).optional(),
  }),
)

export const durableRejectionShape = named("DurableRejection", z.object({ message: z.string() }))
