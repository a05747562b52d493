import { endsStream } from "#lib/chat-protocol.ts"
import type { ReceivedEvent, ReceivedStream } from "../streams/received-stream.ts"
import type { ServerFrame } from "./server-frame.ts"

/** A refusal has the shape that it has over HTTP, and 204 says that there is nothing to follow. */
export type SocketAnswer = ReceivedStream | Response

/** One request on a socket: its frames become an answer, which may be a stream. */
export class SocketRequest {
  /** Rejects with a TypeError, as `fetch` does, where the request ends unanswered. */
  readonly answer: Promise<SocketAnswer>
  readonly #answer = Promise.withResolvers<SocketAnswer>()
  readonly #arrivals: ReadableStream<ReceivedEvent[]>
  #controller: ReadableStreamDefaultController<ReceivedEvent[]> | undefined
  #nextSequence = 0

  /** @param onCancelled called when the stream's reader leaves before its end */
  constructor(onCancelled: () => void) {
    this.answer = this.#answer.promise
    this.#arrivals = new ReadableStream({
      start: (controller) => {
        this.#controller = controller
      },
      cancel: () => {
        this.#controller = undefined
        onCancelled()
      },
    })
  }

  /** @returns "over" after the last event or frame, "broken" where a chunk is missing or repeated */
  receive(frame: ServerFrame): "open" | "over" | "broken" {
    switch (frame.type) {
      case "start":
        this.#answer.resolve({ streamId: frame.streamId, resume: frame.resume, arrivals: this.#arrivals })
        return "open"
      case "chunk":
        if (frame.sequence !== this.#nextSequence++) return "broken"
        this.#controller?.enqueue(frame.event ? [frame.event] : [])
        return frame.event && endsStream(frame.event.chunk) ? "over" : "open"
      case "sign-of-life":
        this.#controller?.enqueue([])
        return "open"
      case "no-active":
        this.#answer.resolve(new Response(null, { status: 204 }))
        return "over"
      case "error":
        this.#answer.resolve(frame.refusal)
        return "over"
      case "end":
        return "over"
    }
  }

  /** Ends the stream where it is: without its last event, its reader follows it again. */
  end(): void {
    this.#answer.promise.catch(() => undefined) // who asked may have left
    this.#answer.reject(new TypeError("The socket's request has ended."))
    this.#controller?.close()
    this.#controller = undefined
  }
}
