import type { ChatTransport, UIMessageChunk } from "ai"
import type { ChatMessage, EventId } from "#lib/chat-protocol.ts"
import { addresses, chatAddress, messagesIn } from "./chat-api.ts"
import { ChatProblem, problemOf, StreamSilent } from "./chat-problem.ts"
import { decisionOf, triggerOf } from "./continue-trigger.ts"
import { fetchWithRetry, type RetryOptions } from "./fetch-with-retry.ts"
import { problemTexts } from "./problem-texts.ts"
import { type ConnectionState, reattachMs, repairedChunks, silenceMs } from "./repaired-chunks.ts"
import { signInAsGuest } from "./sign-in-as-guest.ts"
import { type PresenceChange, type TabPresence, watchTab } from "./tab-presence.ts"
import { withDeadline } from "./with-deadline.ts"

export interface ResilientChatTransportOptions {
  /** the agent that answers in this chat */
  agent: string
  /** @returns the model for the next message; undefined: the server's default */
  model?: () => string | undefined
  /** false: there is no session yet, and sending the first message signs the visitor in as a guest (default true) */
  isSignedIn?: boolean
  /** where the chat API is (default: `addresses.chat`) */
  api?: string
  /** false: resuming is switched off, so a hidden tab keeps its stream open (default true) */
  isResumable?: boolean
  /** default: watches the browser tab that this runs in */
  watchPresence?: (onChange: (change: PresenceChange) => void) => TabPresence
  onConnectionChange?: (state: ConnectionState) => void
  /** called when the server has accepted and stored the message */
  onBegun?: (chatId: string) => void
  /** called when a running answer is being received again, after a reload or a lost connection */
  onReconnected?: () => void
}

type SendOptions = Parameters<ChatTransport<ChatMessage>["sendMessages"]>[0]
type ReconnectOptions = Parameters<ChatTransport<ChatMessage>["reconnectToStream"]>[0]

/** How long to retry a question while a proxy answers in the server's place. */
const awayMs = 10 * 60_000
/** Slower uploads than this count as silent: long messages get more time on slow connections. */
const uploadBytesPerMs = 5

/**
 * A chat transport over HTTP and server-sent events that never mistakes a broken connection for a finished answer: a
 * stream that ends without its last event is followed again from the position it had reached. A hidden tab closes its
 * stream, and continues it when it is visible again.
 *
 * Its streams fail with StreamReset where they can only start over, and with StreamSilent where no stream gets through
 * although the answer is still being written.
 */
export class ResilientChatTransport implements ChatTransport<ChatMessage> {
  readonly resumeStreamIsReplay = true
  readonly #options: ResilientChatTransportOptions
  readonly #api: string
  #isSignedIn: boolean

  constructor(options: ResilientChatTransportOptions) {
    this.#options = options
    this.#api = options.api ?? addresses.chat
    this.#isSignedIn = options.isSignedIn ?? true
  }

  /** Repeats a POST that gets no response: the server recognises the message's id, so it is answered only once. */
  async sendMessages(options: SendOptions): Promise<ReadableStream<UIMessageChunk>> {
    const { chatId } = options
    return this.#reading(options.abortSignal, async (leaving) => {
      let response = await this.#post(options, leaving.signal)
      if (response.status === 401) {
        // The session has ended while the page was open.
        await response.body?.cancel()
        this.#isSignedIn = false
        response = await this.#post(options, leaving.signal)
      }
      if (!response.ok) throw await problemOf(response)
      this.#options.onBegun?.(chatId)
      return this.#repaired(chatId, response, { leaving, isFollowing: false }).stream
    })
  }

  /** @returns null where nothing is running; otherwise a stream from which something has already arrived */
  async reconnectToStream({ chatId, abortSignal }: ReconnectOptions): Promise<ReadableStream<UIMessageChunk> | null> {
    return this.#reading(abortSignal, async (leaving) => {
      const response = await this.#follow(chatId, undefined, leaving.signal)
      // Without a session there is no chat to follow: a guest gets one with the first message.
      if (response.status === 204 || response.status === 401) {
        this.#setConnection("idle")
        return null
      }
      if (!response.ok) throw await problemOf(response)
      const { stream, heard } = this.#repaired(chatId, response, { leaving, isFollowing: true })
      await heard
      if (response.headers.get("x-resume") !== "stored") this.#options.onReconnected?.()
      return stream
    })
  }

  /** @throws StreamSilent where the server has the message, but its answer does not get through */
  async #post(options: SendOptions, signal: AbortSignal): Promise<Response> {
    const { chatId, messages, trigger, messageId } = options
    const message = trigger === "submit-message" ? lastUserMessage(messages) : undefined
    const decision = decisionOf(options)
    const address = decision ? chatAddress(chatId, "approval", this.#api) : this.#api
    const turn = {
      id: chatId,
      agent: this.#options.agent,
      model: this.#options.model?.(),
      trigger: triggerOf(options),
      messageId: message?.metadata?.replaces ?? messageId,
      message: message && { id: message.id, role: message.role, parts: message.parts },
      artifacts: message?.metadata?.artifacts,
    }
    const body = JSON.stringify(decision ?? turn)
    const headers = { "content-type": "application/json" }
    // Others may be waiting for the same sign-in, so giving up here must not cancel it.
    if (!this.#isSignedIn)
      await withDeadline(
        signInAsGuest(() => this.#setConnection("reconnecting")),
        Number.POSITIVE_INFINITY,
        signal,
      )
    this.#isSignedIn = true
    for (;;) {
      try {
        return await fetchWithRetry((signal) => fetch(address, { method: "POST", headers, body, signal }), {
          ...this.#retryOptions(signal),
          expected: "stream",
          sent: "message",
          awayMs,
          limitMs: silenceMs + body.length / uploadBytesPerMs,
        })
      } catch (error) {
        if (!(error instanceof StreamSilent)) throw error
        this.#setConnection("reconnecting")
        if (message && !(await this.#hasTaken(chatId, message.id, signal))) continue
        this.#options.onBegun?.(chatId)
        throw error
      }
    }
  }

  async #hasTaken(chatId: string, messageId: string, signal: AbortSignal): Promise<boolean> {
    try {
      const stored = await this.#get(chatAddress(chatId, "messages", this.#api), "json", signal)
      if (!stored.ok) return false
      return (await messagesIn(stored)).some(({ id }) => id === messageId)
    } catch (error) {
      if (error instanceof StreamSilent) return false // nothing at all gets through
      throw error
    }
  }

  #repaired(chatId: string, first: Response, { leaving, isFollowing }: Reading): HeardStream {
    const { isResumable = true, watchPresence = watchTab } = this.#options
    const chunks = repairedChunks(first, {
      signal: leaving.signal,
      isFollowing,
      isResumable,
      watchPresence,
      follow: (position) => this.#follow(chatId, position, leaving.signal),
      onConnectionChange: (state) => {
        if (state === "live") heard.resolve()
        this.#setConnection(state)
      },
      onReconnected: () => this.#options.onReconnected?.(),
    })
    const heard = Promise.withResolvers<void>()
    heard.promise.catch(() => undefined) // the stream reports the same error
    const stream = new ReadableStream<UIMessageChunk>({
      async pull(controller) {
        try {
          const next = await chunks.next()
          if (next.done) controller.close()
          else controller.enqueue(next.value)
          heard.resolve()
        } catch (error) {
          heard.reject(error)
          throw error
        }
      },
      cancel: () => leaving.abort(),
    })
    return { stream, heard: heard.promise }
  }

  #follow(chatId: string, position: EventId | undefined, signal: AbortSignal): Promise<Response> {
    const query = new URLSearchParams({ chatId, ...(position && { after: position }) })
    return this.#get(`${this.#api}?${query}`, "stream", signal)
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
    return { signal, limitMs: reattachMs, onFailed: () => this.#setConnection("reconnecting") }
  }

  /** @param begin is aborted by the signal, or when the stream that it returns is cancelled */
  async #reading<Result>(
    abortSignal: AbortSignal | undefined,
    begin: (leaving: AbortController) => Promise<Result>,
  ): Promise<Result> {
    const leaving = new AbortController()
    const leave = () => leaving.abort(abortSignal?.reason)
    if (abortSignal?.aborted) leave()
    abortSignal?.addEventListener("abort", leave, { signal: leaving.signal })
    try {
      return await begin(leaving)
    } catch (error) {
      this.#setConnection("idle")
      throw error
    }
  }

  #setConnection(state: ConnectionState): void {
    this.#options.onConnectionChange?.(state)
  }
}

interface Reading {
  leaving: AbortController
  /** true: the response follows a running stream; false: its request began the stream */
  isFollowing: boolean
}

interface HeardStream {
  stream: ReadableStream<UIMessageChunk>
  /** Resolves when something has arrived. Rejects where the stream fails before that. */
  heard: Promise<void>
}

function lastUserMessage(messages: ChatMessage[]): ChatMessage {
  const message = messages.findLast((candidate) => candidate.role === "user")
  if (!message) throw new ChatProblem("empty_message", problemTexts.nothingToSend, { isRetryable: false })
  return message
}
