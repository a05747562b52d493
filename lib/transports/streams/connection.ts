import type { EventId } from "#lib/chat-protocol.ts"
import { chatAddress, messagesIn } from "../chat-api.ts"
import { problemOf, StreamSilent } from "../chat-problem.ts"
import { fetchWithRetry, type RetryOptions } from "../fetch-with-retry.ts"
import { uploadBytesPerMs } from "../with-deadline.ts"
import { eventsIn, type ReceivedStream } from "./received-stream.ts"
import { reattachMs, silenceMs } from "./repaired-chunks.ts"

export interface ConnectionOptions {
  /** where the chat API is */
  api: string
  /** called when an attempt has failed and another will follow */
  onFailed(): void
}

export interface Question {
  chatId: string
  /** the body of the POST */
  turn: object
  /** the user's decision on a tool call; sent instead of the turn */
  decision: object | undefined
}

/** How long to retry a question while a proxy answers in the server's place. */
const awayMs = 10 * 60_000

/** Opens streams at the server, and repeats each request until the server answers it. */
export class Connection {
  readonly #options: ConnectionOptions

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /**
   * Repeats a question that gets no response: the server recognises the message's id, so it is answered only once.
   * @throws ChatProblem where it is refused, StreamSilent where no response came in time
   */
  async send({ chatId, turn, decision }: Question, signal: AbortSignal): Promise<ReceivedStream> {
    const { api } = this.#options
    const address = decision ? chatAddress(chatId, "approval", api) : api
    const body = JSON.stringify(decision ?? turn)
    const headers = { "content-type": "application/json" }
    const response = await fetchWithRetry((signal) => fetch(address, { method: "POST", headers, body, signal }), {
      ...this.#retryOptions(signal),
      expected: "stream",
      sent: "message",
      awayMs,
      limitMs: silenceMs + body.length / uploadBytesPerMs,
    })
    return streamIn(response)
  }

  /** @returns the events after this position; undefined where there is nothing to follow */
  async follow(
    chatId: string,
    position: EventId | undefined,
    signal: AbortSignal,
  ): Promise<ReceivedStream | undefined> {
    const query = new URLSearchParams({ chatId, ...(position && { after: position }) })
    const response = await this.#get(`${this.#options.api}?${query}`, "stream", signal)
    return response.status === 204 ? undefined : streamIn(response)
  }

  /** @returns false also where nothing at all gets through */
  async hasStored(chatId: string, messageId: string, signal: AbortSignal): Promise<boolean> {
    try {
      const stored = await this.#get(chatAddress(chatId, "messages", this.#options.api), "json", signal)
      if (!stored.ok) return false
      return (await messagesIn(stored)).some(({ id }) => id === messageId)
    } catch (error) {
      if (error instanceof StreamSilent) return false
      throw error
    }
  }

  #get(address: string, expected: "json" | "stream", signal: AbortSignal): Promise<Response> {
    return fetchWithRetry((signal) => fetch(address, { signal, cache: "no-store" }), {
      ...this.#retryOptions(signal),
      expected,
      // Reading does no harm, so a server that cannot answer now is simply asked again.
      isRetryable: (status) => status === 429 || status >= 500,
    })
  }

  #retryOptions(signal: AbortSignal): RetryOptions {
    return { signal, limitMs: reattachMs, onFailed: () => this.#options.onFailed() }
  }
}

async function streamIn(response: Response): Promise<ReceivedStream> {
  if (!response.ok || !response.body) throw await problemOf(response)
  return { resume: response.headers.get("x-resume") ?? undefined, arrivals: eventsIn(response.body) }
}
