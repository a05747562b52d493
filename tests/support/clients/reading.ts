import type { UIMessageChunk } from "ai"
import { EventSourceParserStream } from "eventsource-parser/stream"

/** A response that is read as events, as far as a test asks for. */
export interface Reading {
  response: Response
  /** everything read so far; an event's id is undefined in a stored message's stream */
  events: { id: string | undefined; chunk: UIMessageChunk }[]
  comments: string[]
  isDone: boolean
  /** the answer's text read so far */
  text(): string
  /** Reads on until the text contains this. @throws if the stream ends before */
  readUntil(words: string): Promise<void>
  /** Reads on to a chunk of this type, and returns it. */
  readUntilChunk<Type extends UIMessageChunk["type"]>(type: Type): Promise<Extract<UIMessageChunk, { type: Type }>>
  /** Reads to the end. @returns the whole text */
  readAll(): Promise<string>
  /** Leaves without reading on. */
  leave(): Promise<void>
}

export function readingOf(response: Response): Reading {
  const comments: string[] = []
  const events: Reading["events"] = []
  const isEventStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false
  const reader = isEventStream
    ? response.body
        ?.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
        .pipeThrough(new EventSourceParserStream({ onComment: (comment) => comments.push(comment.trim()) }))
        .getReader()
    : undefined

  async function readOn(): Promise<boolean> {
    const next = await reader?.read()
    if (!next || next.done) return false
    if (next.value.data === "[DONE]") reading.isDone = true
    else events.push({ id: next.value.id, chunk: JSON.parse(next.value.data) })
    return true
  }

  async function readUntil(isThere: () => boolean, what: string): Promise<void> {
    while (!isThere())
      if (!(await readOn())) throw new Error(`the stream ended before ${what}: ${JSON.stringify(events)}`)
  }

  const reading: Reading = {
    response,
    events,
    comments,
    isDone: false,
    text: () => events.map(({ chunk }) => (chunk.type === "text-delta" ? chunk.delta : "")).join(""),
    readUntil: (words) => readUntil(() => reading.text().includes(words), words),
    async readUntilChunk(type) {
      const found = () => events.find(({ chunk }) => chunk.type === type)?.chunk
      await readUntil(() => found() !== undefined, type)
      return found() as never // just found by its type
    },
    async readAll() {
      while (await readOn());
      return reading.text()
    },
    leave: async () => reader?.cancel(),
  }
  return reading
}

/** A user's feed, read as far as a test asks for. */
export interface FeedReading {
  response: Response
  /** everything read so far */
  events: { type: string; [field: string]: unknown }[]
  /** Reads on until there is an event with these fields, not among those this was answered with before. */
  next(wanted: object): Promise<Record<string, unknown>>
  /** Reads to the end. */
  readAll(): Promise<void>
  leave(): Promise<void>
}

export function feedReadingOf(response: Response): FeedReading {
  const reader = response.body
    ?.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream())
    .getReader()
  const events: FeedReading["events"] = []
  let answered = 0

  async function readOn(): Promise<boolean> {
    const next = await reader?.read()
    if (!next || next.done) return false
    events.push({ type: next.value.event ?? "message", ...JSON.parse(next.value.data) })
    return true
  }

  return {
    response,
    events,
    async next(wanted) {
      for (;;) {
        for (; answered < events.length; answered++) {
          const event = events[answered]
          if (!event || !Object.entries(wanted).every(([name, value]) => event[name] === value)) continue
          answered += 1
          return event
        }
        if (!(await readOn()))
          throw new Error(`the feed ended before ${JSON.stringify(wanted)}: ${JSON.stringify(events)}`)
      }
    },
    async readAll() {
      while (await readOn());
    },
    leave: async () => reader?.cancel(),
  }
}
