import { createParser } from "eventsource-parser"
import { z } from "zod"

/** A piece of the provider's answer. */
export interface Delta {
  type: "text" | "thought"
  text: string
}

export interface CallAsked {
  callId: string
  name: string
  /** as it came: JSON, or what was left of it */
  arguments: string
}

/** How an answer ended. */
export interface Completion {
  /** undefined where the provider sends none */
  id: string | undefined
  calls: CallAsked[]
  finishReason: string | undefined
  usage: { input: number; output: number } | undefined
}

/** The provider refused, or failed on the way. */
export class ProviderFailure extends Error {
  /** HTTP status; undefined where the stream broke off or had an error in it */
  readonly status: number | undefined
  readonly isNetwork: boolean

  constructor(message: string, status?: number, isNetwork = false) {
    super(message)
    this.status = status
    this.isNetwork = isNetwork
  }
}

const chunkSchema = z.looseObject({
  id: z.string().optional(),
  choices: z
    .array(
      z.looseObject({
        delta: z
          .looseObject({
            content: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            reasoning: z.string().nullish(),
            tool_calls: z
              .array(
                z.looseObject({
                  index: z.number(),
                  id: z.string().nullish(),
                  function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }),
                }),
              )
              .nullish(),
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: z.looseObject({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish(),
  error: z.looseObject({ message: z.string() }).optional(),
})

export interface Question {
  host: string
  body: object
  signal: AbortSignal
}

/**
 * Asks the provider once, over chat completions, and yields its deltas as they come.
 * @param completion gets the rest; a stream that just stops leaves it without a finish reason and without usage
 * @throws ProviderFailure
 */
export async function* complete(
  { host, body, signal }: Question,
  completion = emptyCompletion(),
): AsyncGenerator<Delta> {
  const url = `${host}/v1/chat/completions`
  const response = await ask(url, { ...body, stream: true, stream_options: { include_usage: true } }, signal)
  const waiting: string[] = []
  const parser = createParser({ onEvent: ({ data }) => void waiting.push(data) })
  const decoder = new TextDecoder()
  const bytes = response.body ?? new ReadableStream<Uint8Array>()
  try {
    for await (const piece of bytes) {
      parser.feed(decoder.decode(piece, { stream: true }))
      for (const data of waiting.splice(0)) if (data !== "[DONE]") yield* deltasOf(data, completion)
    }
  } catch (error) {
    if (error instanceof ProviderFailure || signal.aborted) throw error
    throw new ProviderFailure("Stream decode error: error decoding response body", undefined, true)
  }
}

export function emptyCompletion(): Completion {
  return { id: undefined, calls: [], finishReason: undefined, usage: undefined }
}

async function ask(url: string, body: object, signal: AbortSignal): Promise<Response> {
  const headers = { "Content-Type": "application/json" }
  const sent = fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal })
  const response = await sent.catch((error: unknown) => {
    if (signal.aborted) throw error
    throw new ProviderFailure(`Could not connect to ${url}`, undefined, true)
  })
  if (response.ok) return response
  const text = await response.text()
  const message = chunkSchema.safeParse(parsed(text)).data?.error?.message ?? text
  throw new ProviderFailure(refusalText(response, url, message), response.status)
}

/** In the words of the real one, with the address of the provider in most of them. */
function refusalText({ status, statusText }: Response, url: string, message: string): string {
  if (status === 401 || status === 403) {
    return `Authentication error: Authentication failed for ${url}. Status: ${status} ${statusText}. Response: ${message}`
  }
  if (status === 429) return `Rate limit exceeded: ${message}`
  if (status === 400) return `Request failed: Bad request (400): ${message}`
  if (status === 404) return `Request failed: Resource not found (404) at ${url}: ${message}`
  if (status < 500) return `Request failed: Request failed with status ${status} ${statusText} at ${url}: ${message}`
  return `Server error: Server error (${status} ${statusText}) at ${url}: ${message}`
}

function* deltasOf(data: string, completion: Completion): Generator<Delta> {
  const chunk = chunkSchema.parse(parsed(data))
  if (chunk.error) throw new ProviderFailure(`Server error: ${chunk.error.message}`)
  if (chunk.usage) completion.usage = { input: chunk.usage.prompt_tokens, output: chunk.usage.completion_tokens }
  completion.id = chunk.id ?? completion.id
  const [choice] = chunk.choices
  completion.finishReason = choice?.finish_reason ?? completion.finishReason
  const thought = choice?.delta?.reasoning_content ?? choice?.delta?.reasoning
  if (thought) yield { type: "thought", text: thought }
  if (choice?.delta?.content) yield { type: "text", text: choice.delta.content }
  for (const { index, id, function: called } of choice?.delta?.tool_calls ?? []) {
    completion.calls[index] ??= { callId: id ?? "", name: called.name ?? "", arguments: "" }
    completion.calls[index].arguments += called.arguments ?? ""
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {} // not even JSON: it says nothing
  }
}
