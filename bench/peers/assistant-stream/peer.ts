/**
 * `assistant-stream/resumable`, as its guide "Resumable Streams" has it (assistant-ui.com/docs/guides/resumable-streams):
 * the AI SDK's stream of UI messages, kept byte by byte in Redis. Of its choices the stronger are taken: Redis, not
 * memory; the stream of a chat is found by the server, so that a second tab finds it too; a stop is an abort of the
 * model on the server.
 */
import path from "node:path"
import { nodePeer } from "../node-server.ts"

export const assistantStream = nodePeer({
  name: "assistant-stream",
  title: "assistant-stream",
  description: "`assistant-stream/resumable` on Redis, with the AI SDK's messages; chats are kept in Redis as well",
  needs: { redis: true, postgres: false },
  folder: path.join(import.meta.dirname, "project"),
  packages: ["assistant-stream", "ai", "@ai-sdk/openai-compatible", "ioredis"],
})
