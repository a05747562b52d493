import { z } from "zod"
import { named } from "../shape.ts"

export const errorShape = named(
  "Error",
  z.object({
    error: z.object({
      code: z.string(),
      message: z.string().describe("a sentence for people"),
      requestId: z.uuid().describe("finds the request in the server's log"),
      retryable: z.boolean().describe("whether the same request may succeed later, unchanged"),
      details: z.array(z.object({ path: z.string(), problem: z.string() })).optional(),
      streamId: z.uuid().optional().describe("the running stream"),
    }),
  }),
)
