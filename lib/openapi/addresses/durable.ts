import { z } from "zod"
import type { Address } from "../operation.ts"
import { durableRead, idInPath } from "../parameters.ts"
import { chunksShape, durableControlShape, durableRejectionShape } from "../shapes/durable.ts"

const durableHeaders = {
  "stream-next-offset": z.string(),
  "stream-up-to-date": z.literal("true"),
  "stream-closed": z.literal("true").optional(),
  "stream-cursor": z.string().optional(),
}
const durableTail = { description: "Where the tail is, in the headers.", json: chunksShape, headers: durableHeaders }

export const durable: Record<string, Address> = {
  "/api/durable/{streamId}": {
    get: {
      tag: "Answers",
      summary: "Reads an answer as a durable stream",
      description: "By the Durable Streams protocol, in JSON mode: docs/protocol.md has what is particular here.",
      access: "user",
      parameters: [idInPath("streamId"), ...durableRead],
      replies: {
        200: {
          description: "The chunks after the offset; with `live=sse` as events, each `data` followed by its `control`.",
          json: chunksShape,
          events: { data: chunksShape, control: durableControlShape, unauthenticated: durableRejectionShape },
          headers: { ...durableHeaders, etag: z.string().optional() },
        },
        204: { description: "A long poll to which nothing came, or that is at the end.", headers: durableHeaders },
        304: { description: "The copy is current.", headers: durableHeaders },
      },
      refusals: ["not_found", "stream_not_found", "stream_unavailable"],
    },
    head: {
      tag: "Answers",
      summary: "Says where a durable stream's tail is",
      access: "user",
      parameters: [idInPath("streamId")],
      replies: { 200: durableTail },
      refusals: ["not_found", "stream_not_found", "stream_unavailable"],
    },
    options: {
      tag: "Answers",
      summary: "Answers a browser's preflight",
      access: "anyone",
      parameters: [idInPath("streamId")],
      replies: { 204: { description: "What pages of trusted origins may ask, in the headers." } },
    },
  },
}
