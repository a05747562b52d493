import { z } from "zod"
import type { Reply } from "./operation.ts"
import { chunkShape } from "./shapes/messages.ts"

const events = { message: chunkShape, unauthenticated: chunkShape }
const streamId = z.uuid()

export const begunAnswer: Reply = {
  description:
    "The answer as it is written, from its first event; of a repeated request, what follows it. Ends with `[DONE]`.",
  events,
  headers: {
    "x-stream-id": streamId,
    "x-resume": z.enum(["off", "from-start", "stored"]).optional(),
  },
}

export const followedAnswer: Reply = {
  description:
    "The answer's events after the position, or all of them. Ends with `[DONE]`, at which a reader closes: one that asks again would get a stored answer again.",
  events,
  headers: {
    "x-stream-id": streamId,
    "x-resume": z.enum(["from-start", "continued", "reset", "stored"]),
  },
}

export const nothingToFollow: Reply = { description: "There is nothing to follow. An EventSource gives up." }
