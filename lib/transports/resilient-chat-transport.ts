import type { ChatTransport, UIMessageChunk } from "ai"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { addresses } from "./chat-api.ts"
import { ChatProblem, isSignedOut, StreamSilent } from "./chat-problem.ts"
import { decisionOf, triggerOf } from "./continue-trigger.ts"
import { problemTexts } from "./problem-texts.ts"
import { signInAsGuest } from "./sign-in-as-guest.ts"
import { Connection, type ConnectionOptions } from "./streams/connection.ts"
import type { ReceivedStream } from "./streams/received-stream.ts"
import { type ConnectionState, repairedChunks } from "./streams/repaired-chunks.ts"
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
  /** Loads the tab's socket, which carries the streams where it works (default: HTTP and server-sent events alone). */
  loadSocket?: ConnectionOptions["loadSocket"]
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

/**
 * A chat transport that never mistakes a broken connection for a finished answer: a
 * stream that ends without its last event is followed again from the position it had reached. A hidden tab closes its
 * stream, and continues it when it is visible again.
 *
 * Its streams fail with StreamReset if they can only start over, and with StreamSilent if no stream gets through
 * although the answer is still being written.
 */
export class ResilientChatTransport implements ChatTransport<ChatMessage> {
  readonly resumeStreamIsReplay = true
  readonly #options: ResilientChatTransportOptions
  readonly #connection: Connection
  #isSignedIn: boolean

  constructor(options: ResilientChatTransportOptions) {
    this.#options = options
    const onFailed = () => this.#setConnection("reconnecting")
    const { api = addresses.chat, loadSocket } = options
    this.#connection = new Connection({ api, loadSocket, onFailed })
    this.#isSignedIn = options.isSignedIn ?? true
  }

  async sendMessages(options: SendOptions): Promise<ReadableStream<UIMessageChunk>> {
    const { chatId } = options
    return this.#reading(options.abortSignal, async (leaving) => {
      const first = await this.#send(options, leaving.signal).catch((error: unknown) => {
        if (!isSignedOut(error)) throw error
        // The session has ended while the page was open.
        this.#isSignedIn = false
        return this.#send(options, leaving.signal)
      })
      this.#options.onBegun?.(chatId)
      return this.#repaired(chatId, first, { leaving, isFollowing: false }).stream
    })
  }

  /** @returns null if nothing is running; otherwise a stream from which something has already arrived */
  async reconnectToStream({ chatId, abortSignal }: ReconnectOptions): Promise<ReadableStream<UIMessageChunk> | null> {
    return this.#reading(abortSignal, async (leaving) => {
      const first = await this.#connection.follow(chatId, undefined, leaving.signal).catch((error: unknown) => {
        // Without a session there is no chat to follow: a guest gets one with the first message.
        if (!isSignedOut(error)) throw error
      })
      if (!first) {
        this.#setConnection("idle")
        return null
      }
      const { stream, heard } = this.#repaired(chatId, first, { leaving, isFollowing: true })
      await heard
      if (first.resume !== "stored") this.#options.onReconnected?.()
      return stream
    })
  }

  /** @throws StreamSilent if the server has the message, but its answer does not get through */
  async #send(options: SendOptions, signal: AbortSignal): Promise<ReceivedStream> {
    const { chatId, messages, trigger, messageId } = options
    const message = trigger === "submit-message" ? lastUserMessage(messages) : undefined
    const turn = {
      id: chatId,
      agent: this.#options.agent,
      model: this.#options.model?.(),
      trigger: triggerOf(options),
      messageId: message?.metadata?.replaces ?? messageId,
      message: message && { id: message.id, role: message.role, parts: message.parts },
      artifacts: message?.metadata?.artifacts,
    }
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
        return await this.#connection.send({ chatId, turn, decision: decisionOf(options) }, signal)
      } catch (error) {
        if (!(error instanceof StreamSilent)) throw error
        this.#setConnection("reconnecting")
        if (message && !(await this.#connection.hasStored(chatId, message.id, signal))) continue
        this.#options.onBegun?.(chatId)
        throw error
      }
    }
  }

  #repaired(chatId: string, first: ReceivedStream, { leaving, isFollowing }: Reading): HeardStream {
    const { isResumable = true, watchPresence = watchTab } = this.#options
    const chunks = repairedChunks(first, {
      signal: leaving.signal,
      isFollowing,
      isResumable,
      watchPresence,
      follow: (reached) => this.#connection.follow(chatId, reached, leaving.signal),
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
      async cancel() {
        leaving.abort()
        // It may be waiting for the next pull, which will not come.
        await chunks.return(undefined)
      },
    })
    return { stream, heard: heard.promise }
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
  /** true: the first connection follows a running stream; false: its request began the stream */
  isFollowing: boolean
}

interface HeardStream {
  stream: ReadableStream<UIMessageChunk>
  /** Resolves when something has arrived. Rejects if the stream fails before that. */
  heard: Promise<void>
}

function lastUserMessage(messages: ChatMessage[]): ChatMessage {
  const message = messages.findLast((candidate) => candidate.role === "user")
  if (!message) throw new ChatProblem("empty_message", problemTexts.nothingToSend, { isRetryable: false })
  return message
}
