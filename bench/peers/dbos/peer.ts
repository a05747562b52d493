/**
 * DBOS's durable streams, as its page "Streaming Responses" has them (docs.dbos.dev/ai/streaming): a workflow whose step
 * writes each piece of the answer to a stream in Postgres, from which every reader reads. `@dbos-inc/vercel-ai` keeps
 * whole model calls, and its README says that pieces are not to be written from its calls, so the model is asked in a
 * step. A stop aborts the model. Releases and crashes start the same server again, as without DBOS Conductor no
 * other one recovers its workflows.
 */
import path from "node:path"
import { nodePeer } from "../node-server.ts"

export const dbos = nodePeer({
  name: "dbos",
  title: "DBOS",
  description: "a DBOS workflow with a durable stream on Postgres, and the AI SDK",
  needs: { redis: false, postgres: true },
  folder: path.join(import.meta.dirname, "project"),
  packages: ["@dbos-inc/dbos-sdk", "@dbos-inc/vercel-ai", "ai", "@ai-sdk/openai-compatible"],
})
