import { isStepCount, streamText, tool } from "ai"
import { z } from "zod"
import type { Wait } from "#lib/models/demo/paced-stream.ts"
import { scriptedModel } from "#lib/models/demo/scripted.ts"
import { calculateTool } from "#lib/tools/calculate.ts"
import { currentTimeTool } from "#lib/tools/current-time.ts"

/** Waits for nothing, and adds up how long it would have been. */
export function clock() {
  const elapsed = { ms: 0 }
  const wait: Wait = async (waitMs, signal) => {
    signal.throwIfAborted()
    elapsed.ms += waitMs
  }
  return { elapsed, wait }
}

const noResults = tool({
  inputSchema: z.object({ query: z.string() }),
  execute: ({ query }) => ({ query, sources: [] }),
})

export const tools = {
  calculate: calculateTool(),
  current_time: currentTimeTool(() => new Date("2026-11-03T12:00:00Z")),
  search_docs: noResults,
}

/** Asks the demo's model, without its waits. */
export function ask(prompt: string, options: Partial<Parameters<typeof streamText>[0]> = {}) {
  return streamText({
    model: scriptedModel({ wait: clock().wait }),
    stopWhen: isStepCount(4),
    ...options,
    prompt,
  } as Parameters<typeof streamText>[0])
}
