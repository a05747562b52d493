import type { Address } from "../operation.ts"
import { idInPath } from "../parameters.ts"
import { stoppedShape } from "../shapes/chats.ts"
import { documentShape, emptyShape, healthShape, reportShape, restartedShape } from "../shapes/operators.ts"

const health = { description: "Answers can be begun and stored.", json: healthShape }
const notHealthy = { description: "It is starting, draining, or its database cannot be reached.", json: healthShape }

export const operators: Record<string, Address> = {
  "/api/health": {
    get: {
      tag: "Operators",
      summary: "Says whether answers can be begun and stored",
      access: "anyone",
      replies: { 200: health, 503: notHealthy },
    },
    head: {
      tag: "Operators",
      summary: "The same, as a status alone",
      access: "anyone",
      replies: { 200: health, 503: notHealthy },
    },
  },
  "/api/metrics": {
    get: {
      tag: "Operators",
      summary: "Gives one process's counters",
      access: "metrics token",
      replies: { 200: { description: "Prometheus text.", media: "text/plain" } },
    },
  },
  "/api/admin/streams": {
    get: {
      tag: "Operators",
      summary: "Reports what runs for all users, once or every 2 s",
      access: "admin",
      replies: {
        200: {
          description: "As events with `accept: text/event-stream`.",
          json: reportShape,
          events: { report: reportShape, unauthenticated: emptyShape },
        },
      },
      refusals: ["too_many_connections"],
    },
  },
  "/api/admin/streams/{streamId}/stop": {
    post: {
      tag: "Operators",
      summary: "Stops any user's answer",
      access: "admin",
      parameters: [idInPath("streamId")],
      replies: { 200: { description: "False: it had ended.", json: stoppedShape } },
      refusals: ["stream_not_found"],
    },
  },
  "/api/demo/restart-store": {
    post: {
      tag: "Operators",
      summary: "Restarts the store of a development server",
      access: "user",
      replies: { 200: { description: "The store's name.", json: restartedShape } },
      refusals: ["not_found"],
    },
  },
  "/api/openapi.json": {
    get: {
      tag: "Operators",
      summary: "Gives this document",
      access: "anyone",
      replies: { 200: { description: "OpenAPI 3.1.", json: documentShape } },
    },
  },
}
