import { chatAddress, messagesIn } from "../chat-api.ts"
import { problemOf, StreamSilent } from "../chat-problem.ts"
import { fetchWithRetry, type RetryOptions } from "../fetch-with-retry.ts"
import type { RequestFrame } from "../socket/chat-socket.ts"
import type { SocketAnswer } from "../socket/socket-request.ts"
import type { TabSocket } from "../socket/tab-socket.ts"
import { inTime, uploadBytesPerMs } from "../with-deadline.ts"
import { eventsIn, type Reached, type ReceivedStream } from "./received-stream.ts"
import { reattachMs, silenceMs } from "./repaired-chunks.ts"

export interface ConnectionOptions {
  /** where the chat API is */
  api: string
  /** Loads the tab's socket, which is tried before HTTP. @returns undefined where its code cannot be loaded */
  loadSocket?: (() => Promise<TabSocket | undefined>) | undefined
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

/** How long an attempt waits for the socket's code. */
const loadMs = 3_000
/** How long to retry a question while a proxy answers in the server's place. */
const awayMs = 10 * 60_000

/** Opens streams at the server, over the tab's socket or over HTTP, and repeats each request until it is answered. */
export class Connection {
  readonly #options: ConnectionOptions

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /**
   * Repeats a question that gets no response: the server recognises the message's id, so it is answered only once.
   * @throws ChatProblem if it is refused, StreamSilent if no response came in time
   */
  async send({ chatId, turn, decision }: Question, signal: AbortSignal): Promise<ReceivedStream> {
    const { api } = this.#options
    const address = decision ? chatAddress(chatId, "approval", api) : api
    const body = JSON.stringify(decision ?? turn)
    const headers = { "content-type": "application/json" }
    const post = (signal: AbortSignal) => fetch(address, { method: "POST", headers, body, signal })
    // The socket's protocol has no frame for a decision.
    const request = decision ? post : this.#socketOr({ type: "send", ...turn }, post)
    const answer = await fetchWithRetry(request, {
      ...this.#retryOptions(signal, silenceMs + body.length / uploadBytesPerMs),
      expected: "stream",
      sent: "message",
      awayMs,
    })
    return streamIn(answer)
  }

  /**
   * @param reached how far the reader has come; undefined: it has nothing, and wants the chat's newest answer
   * @returns the events after that; undefined if there is nothing to follow
   */
  async follow(chatId: string, reached: Reached | undefined, signal: AbortSignal): Promise<ReceivedStream | undefined> {
    const { streamId, position } = reached ?? {}
    const query = new URLSearchParams({
      chatId,
      ...(position && { after: position }),
      ...(streamId && { streamId }),
    })
    const frame: RequestFrame = { type: "resume", id: chatId, after: position, streamId, stored: true }
    const get = (signal: AbortSignal) => fetch(`${this.#options.api}?${query}`, { signal, cache: "no-store" })
    const answer = await fetchWithRetry(this.#socketOr(frame, get), {
      ...this.#retryOptions(signal),
      expected: "stream",
      isRetryable: isPassing,
    })
    return answer instanceof Response && answer.status === 204 ? undefined : streamIn(answer)
  }

  /** @returns false also if nothing at all gets through */
  async hasStored(chatId: string, messageId: string, signal: AbortSignal): Promise<boolean> {
    try {
      const address = chatAddress(chatId, "messages", this.#options.api)
      const stored = await fetchWithRetry((signal) => fetch(address, { signal, cache: "no-store" }), {
        ...this.#retryOptions(signal),
        isRetryable: isPassing,
      })
      if (!stored.ok) return false
      return (await messagesIn(stored)).some(({ id }) => id === messageId)
    } catch (error) {
      if (error instanceof StreamSilent) return false
      throw error
    }
  }

  /** Tries the socket first, in every attempt, and makes the request over HTTP where the socket does not work. */
  #socketOr(frame: RequestFrame, byHttp: (signal: AbortSignal) => Promise<Response>) {
    return async (signal: AbortSignal): Promise<SocketAnswer> => {
      const { loadSocket } = this.#options
      const socket = loadSocket && (await inTime(loadSocket(), loadMs, signal))
      const answer = await socket?.ask(frame, signal)
      if (answer) return answer
      const response = await byHttp(signal)
      if (response.ok) socket?.avoid()
      return response
    }
  }

  /** An attempt may wait for the socket in vain, and then as long for HTTP. */
  #retryOptions(signal: AbortSignal, limitMs = reattachMs): RetryOptions {
    const ways = this.#options.loadSocket ? 2 : 1
    return { signal, limitMs: ways * limitMs, onFailed: () => this.#options.onFailed() }
  }
}

/** Reading does no harm, so a server that cannot answer now is simply asked again. */
function isPassing(status: number): boolean {
  return status === 429 || status >= 500
}

async function streamIn(answer: SocketAnswer): Promise<ReceivedStream> {
  if (!(answer instanceof Response)) return answer
  if (!answer.ok || !answer.body) throw await problemOf(answer)
  const header = (name: string) => answer.headers.get(name) ?? undefined
  return { streamId: header("x-stream-id"), resume: header("x-resume"), arrivals: eventsIn(answer.body) }
}
