import { readUIMessageStream, type UIMessageChunk } from "ai"
import { type ChatMessage, type ChatMessagePart, type StreamEvent, withThoughts } from "#lib/chat-protocol.ts"
import { mergeEvents } from "./merge-events.ts"

export interface MessageBuilder {
  add(event: StreamEvent): void
  /** Returns the message's parts so far. */
  parts(): Promise<ChatMessagePart[]>
}

/**
 * Builds the message from a stream's chunks, with the same code as every browser. Chunks are collected and merged
 * until the parts are needed: the work is done once per save, not once per token. If that code fails at a chunk, only
 * the text is kept from then on.
 * @param onProblem called once if that happens
 */
export function messageBuilder(
  messageId: string,
  onProblem: (error: unknown) => void = () => undefined,
): MessageBuilder {
  const chunks = new TransformStream<UIMessageChunk, UIMessageChunk>(undefined, {
    highWaterMark: Number.POSITIVE_INFINITY,
  })
  const writer = chunks.writable.getWriter()
  let problem: unknown
  const snapshots = readUIMessageStream<ChatMessage>({
    message: { id: messageId, role: "assistant", parts: [] },
    stream: chunks.readable,
    onError: (error) => {
      problem = error
    },
  })[Symbol.asyncIterator]()

  const spoken = new Map<string, string>()
  let isBroken = false
  let waiting: StreamEvent[] = []
  let marks = 0
  let last: Promise<ChatMessagePart[]> = Promise.resolve([])

  async function build(): Promise<ChatMessagePart[]> {
    const merged = mergeEvents(waiting)
    waiting = []
    // Only some chunks yield a snapshot. The one with our marker includes everything before it.
    const mark = ++marks
    const writes = [...merged.map((event) => event.chunk), markOf(mark)].map((chunk) => writer.write(chunk))
    // Some writes never settle after the reader has failed.
    for (const write of writes) write.catch(() => undefined)
    for (;;) {
      const snapshot = await snapshots.next()
      if (snapshot.done) throw new Error("the message could not be built", { cause: problem })
      if (isMarked(snapshot.value.metadata, mark)) return withThoughts(snapshot.value.parts)
    }
  }

  async function buildOrText(): Promise<ChatMessagePart[]> {
    try {
      if (!isBroken) return await build()
    } catch (error) {
      isBroken = true
      onProblem(error)
    }
    waiting = []
    return [...spoken.values()].map((text) => ({ type: "text", text, state: "done" }))
  }

  return {
    add(event) {
      const { chunk } = event
      if (chunk.type === "reset-step") spoken.clear()
      if (chunk.type === "text-delta") spoken.set(chunk.id, (spoken.get(chunk.id) ?? "") + chunk.delta)
      if (!isBroken) waiting.push(event)
    },
    parts: () => {
      last = last.then(buildOrText)
      return last
    },
  }
}

function markOf(mark: number): UIMessageChunk {
  return { type: "message-metadata", messageMetadata: { mark } }
}

function isMarked(metadata: unknown, mark: number): boolean {
  return typeof metadata === "object" && metadata !== null && "mark" in metadata && metadata.mark === mark
}
