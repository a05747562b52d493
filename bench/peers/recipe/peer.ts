/**
 * The AI SDK's recipe for resumable streams: `node_modules/ai/docs/04-ai-sdk-ui/03-chatbot-resume-streams.mdx`, with
 * its `readChat` and `saveChat` on Postgres.
 */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { connectOnceUp } from "#tests/support/databases/postgres.ts"
import { nextPeer } from "../next-server.ts"

const folder = path.join(import.meta.dirname, "project")

export const recipe = nextPeer({
  name: "recipe",
  title: "recipe",
  description:
    "the AI SDK's recipe for resumable streams: `resumable-stream` on Redis, `after`, one row a chat in Postgres",
  needs: { redis: true, postgres: true },
  folder,
  packages: ["next", "ai", "@ai-sdk/openai-compatible", "resumable-stream", "ioredis", "pg"],
  bodyOf: (id, message) => ({ id, message }),
  followPath: (id) => `/api/chat/${id}/stream`,
  async migrate(databaseUrl) {
    const client = await connectOnceUp(databaseUrl)
    await client.query(await readFile(path.join(folder, "schema.sql"), "utf8"))
    await client.end()
  },
})
