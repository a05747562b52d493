import type { ChatTransport, UIMessageChunk } from "ai"
import { type ChatMessage, type EventId, endsStream } from "#lib/chat-protocol.ts"
import { ChatProblem, problemOf, StreamReset } from "./chat-problem.ts"
import { triggerOf } from "./continue-trigger.ts"
import { readEvents } from "./read-events.ts"
import { signInAsGuest } from "./sign-in-as-guest.ts"

/** "live": events arrive. "reconnecting": they should, and do not. "idle": none are expected. */
export type ConnectionState = "idle" | "live" | "reconnecting"

export interface ResilientChatTransportOptions {
  /** the agent that answers in this chat */
  agent: string
  /** false: there is no session yet, and the first message makes a guest of whoever sends it (default true) */
  isSignedIn?: boolean
  /** default "/api/chat" */
  api?: string
  onConnectionChange?: (state: ConnectionState) => void
  /** the server has taken the message: it is stored there */
  onBegun?: (chatId: string) => void
  /** a running answer was found again, after a reload or a lost connection */
  onReconnected?: () => void
}

type SendOptions = Parameters<ChatTransport<ChatMessage>["sendMessages"]>[0]
type ReconnectOptions = Parameters<ChatTransport<ChatMessage>["reconnectToStream"]>[0]

/**
 * A chat transport over HTTP and server-sent events that never takes a broken connection for a finished answer:
 * a stream that ends without its last event is followed again from the position it had reached.
 */
export class ResilientChatTransport implements ChatTransport<ChatMessage> {
  readonly resumeStreamIsReplay = true
  readonly #options: ResilientChatTransportOptions
  readonly #api: string
  #isSignedIn: boolean

  constructor(options: ResilientChatTransportOptions) {
    this.#options = options
    this.#api = options.api ?? "/api/chat"
    this.#isSignedIn = options.isSignedIn ?? true
  }

  /** A POST that gets no answer is repeated: the message's id makes it happen once. */
  async sendMessages({
    chatId,
    messages,
    trigger,
    messageId,
    abortSignal,
    body: extra,
  }: SendOptions): Promise<ReadableStream<UIMessageChunk>> {
    const message = trigger === "submit-message" ? lastUserMessage(messages) : undefined
    const artifacts = message?.metadata?.artifacts
    const sent = message && { id: message.id, role: message.role, parts: message.parts }
    const body = JSON.stringify({
      id: chatId,
      agent: this.#options.agent,
      trigger: triggerOf({ trigger, body: extra }),
      messageId: message?.metadata?.replaces ?? messageId,
      message: sent,
      artifacts,
    })
    const post = () =>
      fetch(this.#api, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        signal: abortSignal ?? null,
      })
    if (!this.#isSignedIn) await this.#signIn()
    let response = await this.#insisting(post, abortSignal)
    if (response.status === 401) {
      // The session ended while the page was open.
      await response.body?.cancel()
      await this.#signIn()
      response = await this.#insisting(post, abortSignal)
    }
    if (!response.ok || !response.body) throw await problemOf(response)
    this.#options.onBegun?.(chatId)
    return this.#repaired(chatId, response.body, abortSignal)
  }

  async reconnectToStream({ chatId, abortSignal }: ReconnectOptions): Promise<ReadableStream<UIMessageChunk> | null> {
    const response = await this.#follow(chatId, undefined, abortSignal)
    // Without a session there is no chat to follow: a guest gets one with the first message.
    if (response.status === 204 || response.status === 401) return null
    if (!response.ok || !response.body) throw await problemOf(response)
    if (response.headers.get("x-resume") !== "stored") this.#options.onReconnected?.()
    return this.#repaired(chatId, response.body, abortSignal)
  }

  async #signIn(): Promise<void> {
    await signInAsGuest()
    this.#isSignedIn = true
  }

  #repaired(
    chatId: string,
    body: ReadableStream<Uint8Array>,
    abortSignal: AbortSignal | undefined,
  ): ReadableStream<UIMessageChunk> {
    const chunks = this.#chunks(chatId, body, abortSignal)
    return new ReadableStream<UIMessageChunk>({
      pull: async (controller) => {
        const next = await chunks.next()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
      cancel: async () => void (await chunks.return(undefined)),
    })
  }

  async *#chunks(
    chatId: string,
    firstBody: ReadableStream<Uint8Array>,
    abortSignal: AbortSignal | undefined,
  ): AsyncGenerator<UIMessageChunk, void> {
    let position: EventId | undefined
    let body = firstBody
    try {
      for (;;) {
        this.#options.onConnectionChange?.("live")
        try {
          for await (const { id, chunk } of readEvents(body)) {
            yield chunk
            position = id ?? position
            if (endsStream(chunk)) return
          }
        } catch (error) {
          if (abortSignal?.aborted) throw error
        }
        this.#options.onConnectionChange?.("reconnecting")
        const response = await this.#follow(chatId, position, abortSignal)
        if (response.status === 204) return
        if (!response.ok || !response.body) throw await problemOf(response)
        if (response.headers.get("x-resume") !== "continued" || position === undefined) {
          await response.body.cancel()
          throw new StreamReset()
        }
        this.#options.onReconnected?.()
        body = response.body
      }
    } finally {
      this.#options.onConnectionChange?.("idle")
    }
  }

  #follow(chatId: string, position: EventId | undefined, abortSignal: AbortSignal | undefined): Promise<Response> {
    const query = new URLSearchParams({ chatId, ...(position && { after: position }) })
    return this.#insisting(
      () => fetch(`${this.#api}?${query}`, { signal: abortSignal ?? null, cache: "no-store" }),
      abortSignal,
    )
  }

  /** Tries until a server answers: after 0.5, 1, 2, 4, 4 … s, and at once when the network is back. */
  async #insisting(request: () => Promise<Response>, abortSignal: AbortSignal | undefined): Promise<Response> {
    for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 2, 4_000)) {
      try {
        const response = await request()
        const isPassing = response.status === 502 || response.status === 504
        if (!isPassing) return response
      } catch (error) {
        if (abortSignal?.aborted || !(error instanceof TypeError)) throw error
      }
      this.#options.onConnectionChange?.("reconnecting")
      await pauseOrOnline(pauseMs, abortSignal)
    }
  }
}

function lastUserMessage(messages: ChatMessage[]): ChatMessage {
  const message = messages.findLast((candidate) => candidate.role === "user")
  if (!message) throw new ChatProblem("empty_message", "There is no message to send.", { isRetryable: false })
  return message
}

/** @throws the abort's reason where somebody gives up meanwhile */
function pauseOrOnline(pauseMs: number, abortSignal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const goOn = () => {
      settle()
      resolve()
    }
    const giveUp = () => {
      settle()
      reject(abortSignal?.reason)
    }
    const timer = setTimeout(goOn, pauseMs)
    globalThis.addEventListener?.("online", goOn)
    abortSignal?.addEventListener("abort", giveUp)
    function settle(): void {
      clearTimeout(timer)
      globalThis.removeEventListener?.("online", goOn)
      abortSignal?.removeEventListener("abort", giveUp)
    }
  })
}
