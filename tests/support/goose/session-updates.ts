/** What Goose reports of an answer, as tests have it say. */

export type Update = { sessionUpdate: string; [name: string]: unknown }

export const says = (text: string, messageId = "chatcmpl-1"): Update => ({
  sessionUpdate: "agent_message_chunk",
  content: { type: "text", text },
  messageId,
})
export const thinks = (text: string, messageId = "chatcmpl-1"): Update => ({
  ...says(text, messageId),
  sessionUpdate: "agent_thought_chunk",
})
export const calls = (toolCallId: string, command = "ls"): Update => ({
  sessionUpdate: "tool_call",
  toolCallId,
  title: `shell · ${command}`,
  rawInput: { command },
  _meta: { goose: { toolCall: { toolName: "shell", extensionName: "developer" } } },
})
export const updates = (toolCallId: string, more: object): Update => ({
  sessionUpdate: "tool_call_update",
  toolCallId,
  ...more,
})
export const prints = (toolCallId: string, sequence: number, output: string): Update =>
  updates(toolCallId, {
    status: "in_progress",
    _meta: {
      toolNotification: { type: "live_output", params: { sequence, chunks: [{ stream: "stdout", output }] } },
    },
  })
export const done = (toolCallId: string, rawOutput: unknown): Update =>
  updates(toolCallId, { status: "completed", rawOutput })
export const failed = (toolCallId: string, text: string): Update =>
  updates(toolCallId, { status: "failed", content: [{ type: "content", content: { type: "text", text } }] })
