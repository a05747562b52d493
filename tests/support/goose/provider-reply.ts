import { wordsOf } from "../providers/openai-wire.ts"

/** What the provider behind a Goose answers to one completion that it is asked for. */
export type Reply = Answer | Refusal

/** A streamed answer, in this order: thoughts, text, calls. */
export interface Answer {
  /** `reasoning_content`, word by word */
  thoughts?: string
  /** word by word; a list is sent as it is, one delta each */
  text?: string | string[]
  /** asked for at once, in one answer */
  calls?: Call[]
  /** default: as it should be */
  finishReason?: string
  /** how the stream breaks off after its last delta; "clean-cut": as if all were well, but without an end */
  fault?: "clean-cut" | "reset" | "error-chunk"
  /** tokens of the prompt and of the answer; default 100 and one a delta */
  usage?: { prompt: number; answer: number }
}

export interface Call {
  /** default `call_1`, `call_2` …, the same in every answer, as providers do that count anew each time */
  id?: string
  /** default `shell` */
  name?: string
  /** a string is sent unchanged, whether or not it is JSON */
  arguments: { command: string } | Record<string, unknown> | string
}

/** An HTTP status instead of an answer. */
export interface Refusal {
  status: number
  message?: string
}

/** A call of the shell. */
export function shell(command: string): Call {
  return { arguments: { command } }
}

/** The reply as lines of server-sent events, one a delta, without the end of the stream. */
export function linesOf(reply: Answer, completion: { id: string; model: string }): string[] {
  const deltas = [
    ...wordsOf(reply.thoughts ?? "").map((reasoning_content) => ({ reasoning_content })),
    ...textsOf(reply.text).map((content) => ({ content })),
    ...(reply.calls ?? []).map((call, index) => ({ tool_calls: [callDelta(call, index)] })),
  ]
  return deltas.map((delta) => chunkLine(completion, { choices: [{ index: 0, delta, finish_reason: null }] }))
}

/** What ends a whole answer: why it ends, what it used, and that it is done. */
export function endOf(reply: Answer, completion: { id: string; model: string }): string {
  const finish_reason = reply.finishReason ?? (reply.calls ? "tool_calls" : "stop")
  const { prompt = 100, answer = textsOf(reply.text).length } = reply.usage ?? {}
  const usage = { prompt_tokens: prompt, completion_tokens: answer, total_tokens: prompt + answer }
  const finish = chunkLine(completion, { choices: [{ index: 0, delta: {}, finish_reason }] })
  return `${finish}${chunkLine(completion, { choices: [], usage })}data: [DONE]\n\n`
}

function chunkLine({ id, model }: { id: string; model: string }, body: object): string {
  return `data: ${JSON.stringify({ id, object: "chat.completion.chunk", created: 0, model, ...body })}\n\n`
}

function textsOf(text: string | string[] = []): string[] {
  return typeof text === "string" ? wordsOf(text) : text
}

function callDelta(call: Call, index: number): object {
  const text = typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments)
  const id = call.id ?? `call_${index + 1}`
  return { index, id, type: "function", function: { name: call.name ?? "shell", arguments: text } }
}
