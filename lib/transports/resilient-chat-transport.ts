import type { ChatTransport, UIMessageChunk } from "ai"
import type { ChatMessage, EventId } from "#lib/chat-protocol.ts"
import { addresses, messagesIn } from "./chat-api.ts"
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
  /** the model that is to answer what is sent next; undefined: the server's choice */
  model?: () => string | undefined
  /** false: there is no session yet, and the first message makes a guest of whoever sends it (default true) */
  isSignedIn?: boolean
  /** default "/api/chat" */
  api?: string
  /** false: resuming is switched off, and a stream nobody looks at is kept (default true) */
  isResumable?: boolean
  /** default: the browser's tab it runs in */
  watchPresence?: (onChange: (change: PresenceChange) => void) => TabPresence
  onConnectionChange?: (state: ConnectionState) => void
  /** the server has taken the message: it is stored there */
  onBegun?: (chatId: string) => void
  /** a running answer was found again, after a reload or a lost connection */
  onReconnected?: () => void
}

type SendOptions = Parameters<ChatTransport<ChatMessage>["sendMessages"]>[0]
type ReconnectOptions = Parameters<ChatTransport<ChatMessage>["reconnectToStream"]>[0]

/** So long a question is asked again and again where something else answers in the server's place. */
const awayMs = 10 * 60_000
/** A message may be long and the way up narrow: what is slower than this is taken for silent. */
const uploadBytesPerMs = 5

/**
 * A chat transport over HTTP and server-sent events that never takes a broken connection for a finished answer:
 * a stream that ends without its last event is followed again from the position it had reached. A stream that nobody
 * looks at is let go, and continued when somebody does.
 *
 * Its streams fail with StreamReset where they can only be begun anew, and with StreamSilent where none is to be had
 * though the answer goes on.
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

  /** A POST that gets no answer is repeated: the message's id makes it happen once. */
  async sendMessages(options: SendOptions): Promise<ReadableStream<UIMessageChunk>> {
    const { chatId } = options
    return this.#reading(options.abortSignal, async (leaving) => {
      let response = await this.#post(options, leaving.signal)
      if (response.status === 401) {
        // The session ended while the page was open.
        await response.body?.cancel()
        this.#isSignedIn = false
        response = await this.#post(options, leaving.signal)
      }
      if (!response.ok) throw await problemOf(response)
      this.#options.onBegun?.(chatId)
      return this.#repaired(chatId, response, { leaving, isFollowing: false }).stream
    })
  }

  /** @returns null where nothing is to be followed; else a stream of which something has been heard */
  async reconnectToStream({ chatId, abortSignal }: ReconnectOptions): Promise<ReadableStream<UIMessageChunk> | null> {
    return this.#reading(abortSignal, async (leaving) => {
      const response = await this.#follow(chatId, undefined, leaving.signal)
      // Without a session there is no chat to follow: a guest gets one with the first message.
      if (response.status === 204 || response.status === 401) {
        this.#tell("idle")
        return null
      }
      if (!response.ok) throw await problemOf(response)
      const { stream, heard } = this.#repaired(chatId, response, { leaving, isFollowing: true })
      await heard
      if (response.headers.get("x-resume") !== "stored") this.#options.onReconnected?.()
      return stream
    })
  }

  /** @throws StreamSilent where the server has the message, and its answer does not come through */
  async #post(options: SendOptions, signal: AbortSignal): Promise<Response> {
    const { chatId, messages, trigger, messageId } = options
    const message = trigger === "submit-message" ? lastUserMessage(messages) : undefined
    const decision = decisionOf(options)
    const address = decision ? `${this.#api}/${chatId}/approval` : this.#api
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
    // Others may wait for the same session: who gives up here leaves it to them.
    if (!this.#isSignedIn)
      await withDeadline(
        signInAsGuest(() => this.#tell("reconnecting")),
        Number.POSITIVE_INFINITY,
        signal,
      )
    this.#isSignedIn = true
    for (;;) {
      try {
        return await fetchWithRetry((signal) => fetch(address, { method: "POST", headers, body, signal }), {
          ...this.#retryOptions(signal),
          asked: "stream",
          sent: "message",
          awayMs,
          limitMs: silenceMs + body.length / uploadBytesPerMs,
        })
      } catch (error) {
        if (!(error instanceof StreamSilent)) throw error
        this.#tell("reconnecting")
        if (message && !(await this.#hasTaken(chatId, message.id, signal))) continue
        this.#options.onBegun?.(chatId)
        throw error
      }
    }
  }

  async #hasTaken(chatId: string, messageId: string, signal: AbortSignal): Promise<boolean> {
    try {
      const stored = await this.#get(`${this.#api}/${chatId}/messages`, "json", signal)
      if (!stored.ok) return false
      return (await messagesIn(stored)).some(({ id }) => id === messageId)
    } catch (error) {
      if (error instanceof StreamSilent) return false // nothing gets through at all
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
        this.#tell(state)
      },
      onReconnected: () => this.#options.onReconnected?.(),
    })
    const heard = Promise.withResolvers<void>()
    heard.promise.catch(() => undefined) // the stream fails, too
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

  #get(address: string, asked: "json" | "stream", signal: AbortSignal): Promise<Response> {
    return fetchWithRetry((signal) => fetch(address, { signal, cache: "no-store" }), {
      ...this.#retryOptions(signal),
      asked,
      // A server that cannot answer now is asked again: nothing but a reading is waiting for it.
      isRetryable: (status) => status === 429 || status >= 500,
    })
  }

  #retryOptions(signal: AbortSignal): RetryOptions {
    return { signal, limitMs: reattachMs, onFailed: () => this.#tell("reconnecting") }
  }

  /** @param begin what ends with the abort signal, or when the stream it gives is cancelled */
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
      this.#tell("idle")
      throw error
    }
  }

  #tell(state: ConnectionState): void {
    this.#options.onConnectionChange?.(state)
  }
}

interface Reading {
  leaving: AbortController
  /** the response follows a stream, and did not begin it */
  isFollowing: boolean
}

interface HeardStream {
  stream: ReadableStream<UIMessageChunk>
  /** Resolves once something has come. Rejects where the stream fails before. */
  heard: Promise<void>
}

function lastUserMessage(messages: ChatMessage[]): ChatMessage {
  const message = messages.findLast((candidate) => candidate.role === "user")
  if (!message) throw new ChatProblem("empty_message", problemTexts.nothingToSend, { isRetryable: false })
  return message
}
