/** The bodies of OpenAI's chat completions, as far as our tests look at them. */

export interface ToolCallAnswer {
  name: string
  /** a string is sent unchanged, whether or not it is JSON */
  arguments: Record<string, unknown> | string
}

interface Delta {
  role?: "assistant"
  content?: string
  reasoning_content?: string
  tool_calls?: object[]
}

const completionId = "chatcmpl-test"

export function textChunk(model: string, content: string): string {
  return chunk(model, { content }, null)
}

export function reasoningChunk(model: string, text: string): string {
  return chunk(model, { reasoning_content: text }, null)
}

/** @param calls their number, and a part of their ids that is unique to the turn */
export function toolCallChunks(
  model: string,
  call: ToolCallAnswer,
  calls: { number: number; times: number },
): string[] {
  const text = argumentsOf(call)
  const half = Math.ceil(text.length / 2)
  return Array.from({ length: calls.times }, (_, index) => {
    const id = `call_${calls.number}_${index}`
    const start = { index, id, type: "function", function: { name: call.name, arguments: "" } }
    const pieces = [text.slice(0, half), text.slice(half)].map((piece) => ({ index, function: { arguments: piece } }))
    return [start, ...pieces].map((piece) => chunk(model, { tool_calls: [piece] }, null))
  }).flat()
}

export function finishChunk(model: string, reason: string): string {
  return chunk(model, {}, reason)
}

export function usageChunk(model: string, usage: object): string {
  return line({ id: completionId, object: "chat.completion.chunk", created: 0, model, choices: [], usage })
}

export const doneLine = "data: [DONE]\n\n"

export function usageOf(prompt: unknown, text: string) {
  const promptTokens = Math.ceil(JSON.stringify(prompt).length / 4)
  const completionTokens = wordsOf(text).length
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
}

export function wholeCompletion(model: string, text: string, toolCall: ToolCallAnswer | undefined, usage: object) {
  const toolCalls = toolCall && [
    {
      id: "call_1",
      type: "function",
      function: { name: toolCall.name, arguments: argumentsOf(toolCall) },
    },
  ]
  const message = { role: "assistant", content: toolCall ? null : text, ...(toolCalls && { tool_calls: toolCalls }) }
  const choice = { index: 0, message, finish_reason: toolCall ? "tool_calls" : "stop" }
  return { id: completionId, object: "chat.completion", created: 0, model, choices: [choice], usage }
}

/** Words with the white space before them; joined, they are the text again. */
export function wordsOf(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? []
}

function argumentsOf(call: ToolCallAnswer): string {
  return typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments)
}

function chunk(model: string, delta: Delta, finishReason: string | null): string {
  const choices = [{ index: 0, delta, finish_reason: finishReason }]
  return line({ id: completionId, object: "chat.completion.chunk", created: 0, model, choices })
}

function line(body: object): string {
  return `data: ${JSON.stringify(body)}\n\n`
}
