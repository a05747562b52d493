import type { DynamicToolUIPart } from "ai"

/** Makes a call of an agent that runs elsewhere. */
export function agentPart(call: Partial<DynamicToolUIPart>): DynamicToolUIPart {
  const made = { type: "dynamic-tool", toolCallId: "m1:c1", toolName: "shell", providerExecuted: true, ...call }
  return { input: { command: "npm test" }, state: "input-available", ...made } as DynamicToolUIPart
}
