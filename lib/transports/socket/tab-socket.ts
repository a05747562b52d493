import { inTime } from "../with-deadline.ts"
import { ChatSocket, type RequestFrame } from "./chat-socket.ts"
import type { SocketAnswer } from "./socket-request.ts"

/** How long a request waits for the socket to open. Then it goes over HTTP, and the next one may find the socket open. */
const openMs = 3_000
/** How long the socket is left alone after it did not work where HTTP did. */
const avoidMs = 5 * 60_000

/** The socket of a tab: all its chats share one, which opens with the first request and closes when it is idle. */
export class TabSocket {
  readonly #connect: () => WebSocket
  #socket: ChatSocket | undefined
  #avoidedUntil = 0

  constructor(connect: () => WebSocket) {
    this.#connect = connect
  }

  /**
   * @returns undefined where the socket does not work: then the request is to be made over HTTP, even if the server
   * may have got it already
   * @throws TypeError where a working socket broke before the answer, or the signal's reason
   */
  async ask(frame: RequestFrame, signal: AbortSignal): Promise<SocketAnswer | undefined> {
    if (Date.now() < this.#avoidedUntil) return undefined
    const socket = this.#current()
    const isOpen = await inTime(socket.opened, openMs, signal)
    return isOpen ? socket.ask(frame, signal) : undefined
  }

  /** Tells that HTTP works where the socket did not: so the network is there, and something refuses or swallows sockets. */
  avoid(): void {
    if (Date.now() >= this.#avoidedUntil) this.#avoidedUntil = Date.now() + avoidMs
  }

  #current(): ChatSocket {
    if (this.#socket?.isUsable) return this.#socket
    const socket = new ChatSocket(this.#connect())
    // It may open later than its first request could wait.
    void socket.opened.then((isOpen) => {
      if (isOpen) this.#avoidedUntil = 0
    })
    this.#socket = socket
    return socket
  }
}
