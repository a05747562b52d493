/** One way in which real servers speak OpenAI's chat completions: its bytes, and their meaning. */

/** Bytes to write, or the connection's fate. */
export type WirePiece =
  | string
  /** the response begins otherwise than with 200 and an event stream */
  | { head: { status?: number; headers: Record<string, string> } }
  | { waitMs: number }
  /** bytes that are no text */
  | { bytes: Uint8Array }
  | "reset"
  | "stay-open"

export interface Meaning {
  /** default "Hello world." */
  text?: string
  /** default none */
  thought?: string
  /** default "COMPLETE" */
  status?: "COMPLETE" | "ERROR"
  /** with "ERROR" */
  code?: string
  /** of a whole answer that was cut */
  cutBy?: "length" | "content-filter"
  /** input and output tokens as stored; "estimated"; "nothing" if there is no charge. Default [120, 30] */
  usage?: [number, number] | "estimated" | "nothing"
  /** the arguments of the call of `calculate` */
  calls?: string[]
}

export interface Dialect {
  /** of `docs/dialects.md` */
  row: string
  /** one line: the bytes' peculiarity, and the servers that send them */
  about: string
  wire: WirePiece[]
  means: Meaning
}

export type Dialects = Record<string, Dialect>

/** Of a request after a tool's result. */
export const plainAnswer = (): WirePiece[] => hello()

export const usage = { prompt_tokens: 120, completion_tokens: 30, total_tokens: 150 }
export const done = "data: [DONE]\n\n"

export function event(body: unknown): string {
  return `data: ${JSON.stringify(body)}\n\n`
}

export function chunk(choice: object, more: object = {}): string {
  const choices = [{ index: 0, finish_reason: null, ...choice }]
  return event({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_790_000_000,
    model: "m",
    choices,
    ...more,
  })
}

export function says(content: string): string {
  return chunk({ delta: { content } })
}

export function finish(finish_reason: unknown = "stop", more: object = {}): string {
  return chunk({ delta: {}, finish_reason }, more)
}

export function usageChunk(report: unknown = usage): string {
  return event({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_790_000_000,
    model: "m",
    choices: [],
    usage: report,
  })
}

/** Returns the answer of OpenAI's own documentation, with one part replaced. */
export function hello(instead: { words?: WirePiece[]; end?: WirePiece[] } = {}): WirePiece[] {
  const { words = [says("Hello"), says(" world.")], end = [finish(), usageChunk(), done] } = instead
  return [chunk({ delta: { role: "assistant", content: "" } }), ...words, ...end]
}
