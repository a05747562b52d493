import { silenceMs } from "../streams/repaired-chunks.ts"
import { uploadBytesPerMs, withDeadline } from "../with-deadline.ts"
import { readFrame } from "./server-frame.ts"
import { type SocketAnswer, SocketRequest } from "./socket-request.ts"

/** A request without its id, which the socket gives it. */
export interface RequestFrame {
  type: "send" | "resume"
  [field: string]: unknown
}

/** How long a request may wait for its first frame, which comes before the model's first word. */
const firstFrameMs = 5_000
/** Longer than it takes to read an answer and to ask on: opening a socket would delay that. */
const longestIdleMs = 60_000
/** A socket that has not opened after this long never will. */
const longestOpeningMs = 20_000
/** The server drains, or the session has ended. */
const orderlyCodes = [1012, 4401]
/** The server does not accept a frame, so sending it again would not help. */
const refusingCodes = [1008, 1009]

/** One WebSocket that carries many requests. One whose chunks are not numbered without a gap ends; the others go on. */
export class ChatSocket {
  /** Resolves to false where the socket could not be opened. */
  readonly opened: Promise<boolean>
  readonly #socket: WebSocket
  readonly #requests = new Map<string, SocketRequest>()
  readonly #closing = new AbortController()
  #closeCode = 0
  /** when the last frame came; 0: none has come */
  #heardAt = 0
  #idleSince = Date.now()
  #idleTimer: ReturnType<typeof setTimeout> | undefined
  #isRetired = false

  constructor(socket: WebSocket) {
    this.#socket = socket
    const opened = Promise.withResolvers<boolean>()
    this.opened = opened.promise
    const { signal } = this.#closing
    signal.addEventListener("abort", () => opened.resolve(false))
    signal.addEventListener("abort", () => clearTimeout(this.#idleTimer))
    socket.addEventListener("open", () => opened.resolve(true), { signal })
    socket.addEventListener("message", ({ data }) => this.#receive(data), { signal })
    socket.addEventListener("close", ({ code }) => this.#end(code), { signal })
    // A browser keeps no page with an open socket for the back button, and no socket survives a change of the network.
    // Outside a browser there are no such events.
    globalThis.addEventListener?.("pagehide", () => this.close(), { signal })
    globalThis.addEventListener?.("online", () => void (this.#isOpening || this.close()), { signal })
    this.#rest()
  }

  /** false where the next request needs another socket; also after a laptop's sleep, which stops timers */
  get isUsable(): boolean {
    if (this.#isClosed || this.#isRetired) return false
    if (this.#requests.size > 0) return true
    return Date.now() - this.#idleSince < (this.#isOpening ? longestOpeningMs : longestIdleMs)
  }

  /**
   * Makes a request on the open socket.
   * @returns undefined where that is of no use: no frame comes back, or the server does not accept the request's frame
   * @throws TypeError where a working socket broke before the answer, or the signal's reason
   */
  async ask(frame: RequestFrame, signal: AbortSignal): Promise<SocketAnswer | undefined> {
    const requestId = crypto.randomUUID()
    const request = new SocketRequest(() => this.#leave(requestId))
    const text = JSON.stringify({ ...frame, requestId, caughtUp: true })
    const askedAt = Date.now()
    clearTimeout(this.#idleTimer)
    this.#requests.set(requestId, request)
    if (this.#isClosed) this.#finish(requestId)
    else this.#socket.send(text)
    try {
      return await withDeadline(request.answer, firstFrameMs + text.length / uploadBytesPerMs, signal)
    } catch (error) {
      this.#leave(requestId)
      if (signal.aborted) throw error
      if (this.#heardAt <= askedAt) this.close()
      if (this.#isReplaceable) throw new TypeError("The socket broke.")
      return undefined
    }
  }

  close(): void {
    this.#socket.close()
    this.#end()
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  get #isOpening(): boolean {
    return this.#socket.readyState === WebSocket.CONNECTING
  }

  /** A socket that worked and broke says no more than any lost connection: the next one may work. */
  get #isReplaceable(): boolean {
    const hasWorked = this.#heardAt > 0 || orderlyCodes.includes(this.#closeCode)
    return this.#isClosed && hasWorked && !refusingCodes.includes(this.#closeCode)
  }

  #receive(data: unknown): void {
    this.#heardAt = Date.now()
    const frame = readFrame(data)
    if (!frame) return
    // The next connection is led to another server; what runs on this one goes on.
    if (frame.type === "error" && frame.code === "shutting_down") this.#isRetired = true
    const state = this.#requests.get(frame.requestId)?.receive(frame)
    if (state === "over") this.#finish(frame.requestId)
    if (state === "broken") this.#leave(frame.requestId)
  }

  /** Ends a request that the server may still be serving. */
  #leave(requestId: string): void {
    if (!this.#requests.has(requestId)) return
    this.#finish(requestId)
    this.#socket.send(JSON.stringify({ type: "abort", requestId }))
    // Heartbeats come for every request, so even a socket with a quiet one is heard more often than this.
    if (Date.now() - this.#heardAt >= silenceMs) this.close()
  }

  #finish(requestId: string): void {
    this.#requests.get(requestId)?.end()
    this.#requests.delete(requestId)
    if (this.#requests.size === 0 && !this.#isClosed) this.#rest()
  }

  /** Closes the socket after a while without a request. */
  #rest(): void {
    this.#idleSince = Date.now()
    this.#idleTimer = setTimeout(() => this.close(), longestIdleMs)
  }

  #end(code = 0): void {
    if (this.#isClosed) return
    this.#closeCode = code
    this.#closing.abort()
    for (const requestId of this.#requests.keys()) this.#finish(requestId)
  }
}
