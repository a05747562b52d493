/**
 * The AI SDK's quickstart for Next (`node_modules/ai/docs/02-getting-started/02-nextjs-app-router.mdx`), stopped as its page
 * on stopping streams says.
 */
import path from "node:path"
import { nextPeer } from "../next-server.ts"

export const plain = nextPeer({
  name: "plain",
  title: "plain",
  description: "a Next route with `streamText`, as in the AI SDK's quickstart; stores nothing, cannot resume",
  needs: { redis: false, postgres: false },
  folder: path.join(import.meta.dirname, "project"),
  packages: ["next", "ai", "@ai-sdk/openai-compatible"],
  bodyOf: (id, message) => ({ id, messages: [message], trigger: "submit-message" }),
})
