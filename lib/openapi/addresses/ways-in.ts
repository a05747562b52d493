import { z } from "zod"
import type { Address, Operation, Parameter } from "../operation.ts"
import { named } from "../shape.ts"

const trpcStatuses = [200, 207, 400, 401, 402, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 503]
/** tRPC has a form of its own for results and errors, which its router describes to its clients. */
const inTrpc: Pick<Operation, "tag" | "description" | "access" | "replies"> = {
  tag: "Answers",
  description: "Procedures, inputs and errors are described in docs/protocol.md, *tRPC*.",
  access: "user",
  replies: Object.fromEntries(trpcStatuses.map((status) => [status, { description: "In tRPC's form.", media: "*/*" }])),
}

function procedure(example: string): Parameter {
  const description = "the procedure, or several of a batch separated by commas"
  return { name: "trpc", in: "path", description, schema: z.string(), example, refusals: [] }
}

const trpcInput = named("TrpcInput", z.looseObject({}))
const someChat = { chatId: "0195f1d2-7c1e-7a44-9b0e-6c1f2a3b4c5d" }

/** Addresses with protocols that OpenAPI has no words for: their documents are elsewhere. */
export const waysIn: Record<string, Address> = {
  "/api/ws": {
    get: {
      tag: "Answers",
      summary: "Opens a WebSocket",
      description: "Its frames are described in docs/protocol.md, *WebSocket*.",
      access: "user",
      replies: { 101: { description: "The connection is a WebSocket from here on." } },
      refusals: ["origin_not_allowed", "upgrade_required", "too_many_connections", "shutting_down"],
    },
  },
  "/api/trpc/{trpc}": {
    get: {
      ...inTrpc,
      summary: "Calls a query or opens a subscription of tRPC",
      parameters: [
        procedure("chat.history"),
        {
          name: "input",
          in: "query",
          description: "the procedure's input, as JSON",
          schema: z.string(),
          example: JSON.stringify(someChat),
          refusals: [],
        },
      ],
    },
    post: {
      ...inTrpc,
      summary: "Calls a mutation of tRPC",
      parameters: [procedure("chat.stop")],
      body: { schema: trpcInput, examples: { "a stop": someChat }, refused: {} },
    },
  },
}
