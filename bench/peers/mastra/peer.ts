/**
 * Mastra's durable agents, as its guide "Durable agents" has them (in the package:
 * `@mastra/core/dist/docs/references/docs-harness-durable-agents.md`): `createDurableAgent`, its events cached in Redis,
 * its storage in Postgres, read with `observe` and sent as the AI SDK's stream with `toAISdkStream`. A stop is
 * `abortRunStream`. Recovery of runs after a crash is off, as it comes.
 */
import path from "node:path"
import { nodePeer } from "../node-server.ts"

export const mastra = nodePeer({
  name: "mastra",
  title: "Mastra",
  description:
    "a durable agent of Mastra with its cache in Redis and its storage in Postgres, recovery off as it comes",
  needs: { redis: true, postgres: true },
  folder: path.join(import.meta.dirname, "project"),
  packages: ["@mastra/core", "@mastra/ai-sdk", "@mastra/pg", "@mastra/redis", "ai"],
})
