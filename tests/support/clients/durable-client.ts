import { EventSourceParserStream } from "eventsource-parser/stream"
import type { StreamEvent } from "#lib/chat-protocol.ts"
import { jsonCodec } from "#lib/durable/codec.ts"
import { offsetAfter } from "#lib/durable/offsets.ts"

/** What a response of a durable stream says. */
export interface DurableRead {
  status: number
  body: string
  next: string | null
  isClosed: boolean
  isUpToDate: boolean
}

export async function durableRead(response: Response): Promise<DurableRead> {
  const { status, headers } = response
  return {
    status,
    body: await response.text(),
    next: headers.get("stream-next-offset"),
    isClosed: headers.get("stream-closed") === "true",
    isUpToDate: headers.get("stream-up-to-date") === "true",
  }
}

/** Returns what a read gives after each event of a stream, and before its first. */
export function restsOf(events: readonly StreamEvent[]): { offset: string; body: string }[] {
  const rest = (count: number) => jsonCodec.body(events.slice(count)).toString()
  return [
    { offset: "-1", body: rest(0) },
    ...events.map(({ id }, index) => ({ offset: offsetAfter(id), body: rest(index + 1) })),
  ]
}

export interface Control {
  streamNextOffset: string
  streamCursor?: string
  upToDate?: boolean
  streamClosed?: boolean
}

/** A durable stream that is read as server-sent events. */
export interface DurableEvents {
  /** every message so far, as text */
  messages: string[]
  controls: Control[]
  /** names of all events, in order */
  names: string[]
  /** Reads the next event. @returns false at the end */
  readOn(): Promise<boolean>
  readUntil(text: string): Promise<void>
  readAll(): Promise<void>
  leave(): Promise<void>
}

export function durableEvents(response: Response): DurableEvents {
  const messages: string[] = []
  const controls: Control[] = []
  const names: string[] = []
  const reader = response.body
    ?.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>) // the DOM's types forbid what works
    .pipeThrough(new EventSourceParserStream())
    .getReader()

  async function readOn(): Promise<boolean> {
    const next = await reader?.read()
    if (!next || next.done) return false
    const { event = "", data } = next.value
    names.push(event)
    if (event === "data") messages.push(...(JSON.parse(data) as unknown[]).map((message) => JSON.stringify(message)))
    if (event === "control") controls.push(JSON.parse(data))
    return true
  }

  return {
    messages,
    controls,
    names,
    readOn,
    async readUntil(text) {
      while (!messages.join().includes(text)) if (!(await readOn())) throw new Error(`it ended before ${text}`)
    },
    async readAll() {
      while (await readOn());
    },
    leave: async () => reader?.cancel(),
  }
}
