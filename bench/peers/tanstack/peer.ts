/**
 * TanStack AI with the log that comes with it, as its guide "Resumable Streams" has it (tanstack.com/ai, and the skills
 * in its package): `memoryStream`, and the transcript in the browser's storage. For several processes the guide names
 * `@tanstack/ai-durable-stream`, which the registry did not have. A stop aborts the run on the server.
 */
import path from "node:path"
import { nodePeer } from "../node-server.ts"

export const tanstack = nodePeer({
  name: "tanstack",
  title: "TanStack AI",
  description: "TanStack AI with `memoryStream`, its log in the server's memory; transcripts are the browser's",
  needs: { redis: false, postgres: false },
  folder: path.join(import.meta.dirname, "project"),
  packages: ["@tanstack/ai", "@tanstack/ai-client", "@tanstack/ai-openai"],
})
