/**
 * A browser tab's handling of streams: a lost connection is requested again from the position it had reached,
 * as `lib/transports/resilient-chat-transport.ts` does, and all that happens is noted in a history.
 */
import { EventEmitter, once } from "node:events"
import { setTimeout as wait } from "node:timers/promises"
import type { UIMessageChunk } from "ai"
import { createParser } from "eventsource-parser"
import { type EventId, endsStream } from "#lib/chat-protocol.ts"
import type { HistoryReader, HistoryWriter } from "./history-writer.ts"

export interface Tab {
  /** undefined if there was nothing to read */
  readonly streamId: string | undefined
  /** of the first answer */
  readonly headers: Headers
  readonly text: string
  /** comment lines so far */
  readonly comments: readonly string[]
  /** how often a connection broke or ended without the stream's end */
  readonly reattached: number
  /** the number of resets */
  readonly resets: number
  /** Resolves once the text contains this. @throws if the stream ended before */
  until(words: string): Promise<void>
  /** Finds the first chunk that passes, or waits for it. @throws if the stream ended before */
  chunk<Found extends UIMessageChunk>(passes: Passes<Found>): Promise<Found>
  /** true once `ended` has settled */
  readonly isOver: boolean
  /** "nothing": there was nothing to read. Rejects where a server refuses. */
  readonly ended: Promise<"whole" | "left" | "nothing">
  /** Closes the tab. */
  leave(): Promise<void>
}

/** @param id undefined in a stored message's stream */
type Passes<Found extends UIMessageChunk> = (chunk: UIMessageChunk, id: EventId | undefined) => chunk is Found

export interface TabOptions {
  name: string
  history: HistoryWriter
  begin(signal: AbortSignal): Promise<Response>
  /** true: it begins with reading, too (default false) */
  asksNothing?: boolean
  follow(position: EventId | undefined, signal: AbortSignal): Promise<Response>
}

/** A server's refusal, which is not retried. */
export class Refusal extends Error {
  override readonly name = "Refusal"
  readonly status: number
  readonly body: string
  constructor(status: number, body: string) {
    super(`${status} ${body}`)
    this.status = status
    this.body = body
  }
}

/** A browser begins with 500 ms; tests have less time. */
const pauseMs = 50

/**
 * @returns once a server has answered
 * @throws Refusal
 */
export async function openTab({ name, history, begin, asksNothing = false, follow }: TabOptions): Promise<Tab> {
  const changes = new EventEmitter().setMaxListeners(0)
  const leaving = new AbortController()
  const { signal } = leaving
  const comments: string[] = []
  const chunks: { chunk: UIMessageChunk; id: EventId | undefined }[] = []
  let position: EventId | undefined
  let isOver = false
  let reattached = 0
  let resets = 0

  const first = await insisting({ request: () => begin(signal), isReading: asksNothing, signal })
  const streamId = first.headers.get("x-stream-id") ?? undefined
  const reader = history.reader(name, streamId ?? "none")

  async function read(): Promise<"whole" | "left" | "nothing"> {
    if (first.status === 204) return "nothing"
    for (let response = first; ; reattached += 1) {
      if (await readsToTheEnd(response)) return "whole"
      response = await insisting({ request: () => follow(position, signal), isReading: true, signal })
      if (response.status === 204) throw new Error(`${name} is told that nothing runs, and has not seen the end`)
      if (response.headers.get("x-stream-id") !== streamId) throw new Error(`${name} was given another stream`)
      if (response.headers.get("x-resume") !== "continued") restart()
    }
  }

  function restart(): void {
    resets += 1
    position = undefined
    reader.reset()
  }

  /** Reads beyond the end: events there are violations, and the history records them. */
  async function readsToTheEnd(response: Response): Promise<boolean> {
    let isWhole = false
    let isBacklog = ["continued", "from-start", "reset"].includes(response.headers.get("x-resume") ?? "")
    const parser = createParser({
      onEvent({ id, data }) {
        if (data !== "[DONE]") isWhole = note(reader, { id, data, isBacklog }) || isWhole
      },
      onComment(comment) {
        comments.push(comment.trim())
        if (comment.trim() === "caught-up") isBacklog = false
      },
    })
    try {
      for await (const text of response.body?.pipeThrough(decoder()) ?? []) {
        parser.feed(text)
        changes.emit("change")
      }
    } catch (error) {
      // A broken connection; any other failure is the test's.
      if (!isBroken(error) || signal.aborted) throw error
    }
    return isWhole
  }

  function note(by: HistoryReader, event: { id: string | undefined; data: string; isBacklog: boolean }): boolean {
    const chunk = JSON.parse(event.data)
    const id = event.id as EventId | undefined // the history checks it
    by.event(id, chunk, event.isBacklog)
    chunks.push({ chunk, id })
    position = id ?? position
    return endsStream(chunk)
  }

  const ended = read()
    .catch((error: unknown) => {
      if (!signal.aborted) throw error
      reader.left()
      return "left" as const
    })
    .finally(() => {
      isOver = true
      changes.emit("change")
    })
  ended.catch(() => undefined) // told to who awaits it; a tab that nobody awaits is found open by the history

  return {
    streamId,
    headers: first.headers,
    comments,
    ended,
    get isOver() {
      return isOver
    },
    get text() {
      return reader.text
    },
    get reattached() {
      return reattached
    },
    get resets() {
      return resets
    },
    async until(words) {
      while (!reader.text.includes(words)) {
        if (isOver) throw new Error(`${name} ended before ${words}: ${JSON.stringify(reader.text)}`)
        await once(changes, "change")
      }
    },
    async chunk(passes) {
      for (let index = 0; ; index += 1) {
        while (index >= chunks.length) {
          if (isOver) throw new Error(`${name} ended before the chunk`)
          await once(changes, "change")
        }
        const { chunk, id } = chunks[index] ?? {}
        if (chunk && passes(chunk, id)) return chunk
      }
    },
    async leave() {
      leaving.abort()
      await ended
    },
  }
}

interface Insisted {
  request(): Promise<Response>
  /** a server that cannot answer now is asked again: only a reader waits for it */
  isReading: boolean
  signal: AbortSignal
}

/** Tries until a server answers, as the transport does. */
async function insisting({ request, isReading, signal }: Insisted): Promise<Response> {
  for (;;) {
    try {
      const response = await request()
      if (response.status === 200 || response.status === 204) return response
      const isPassing = response.status === 502 || response.status === 504
      if (!isPassing && !(isReading && [429, 503].includes(response.status)))
        throw new Refusal(response.status, await response.text())
    } catch (error) {
      if (!isBroken(error) || signal.aborted) throw error
    }
    await wait(pauseMs, undefined, { signal })
  }
}

/** Returns the error of `fetch` for a missing or broken connection. */
function isBroken(error: unknown): boolean {
  return error instanceof TypeError && (error.message === "fetch failed" || error.message === "terminated")
}

function decoder(): TransformStream<Uint8Array, string> {
  return new TextDecoderStream() as TransformStream<Uint8Array, string> // it takes any bytes
}
