import { convertToModelMessages, type ModelMessage, type ToolSet } from "ai"
import type { HistoryMessage } from "#db/repository/register-turn.ts"

/**
 * What the model is given: the stored history, never what a client says it was.
 * Answers that ended before their first word are left out, and tool calls that never got their result.
 */
export async function promptOf(history: HistoryMessage[], tools: ToolSet): Promise<ModelMessage[]> {
  const told = history.filter((message) => message.parts.some((part) => part.type !== "step-start"))
  return convertToModelMessages(told, { tools, ignoreIncompleteToolCalls: true })
}
