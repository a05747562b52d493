import type { Address } from "../operation.ts"

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
}
