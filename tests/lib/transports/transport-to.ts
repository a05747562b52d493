/** A server that gives prepared answers in turn, and a transport that asks it. */
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { setImmediate as turn } from "node:timers/promises"
import type { UIMessageChunk } from "ai"
import { onTestFinished } from "vitest"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { ResilientChatTransport, type ResilientChatTransportOptions } from "#lib/transports/resilient-chat-transport.ts"
import type { ConnectionState } from "#lib/transports/streams/repaired-chunks.ts"
import type { PresenceChange } from "#lib/transports/tab-presence.ts"

export type Answer = (response: ServerResponse, request: IncomingMessage) => void

export const question: ChatMessage = { id: "question", role: "user", parts: [{ type: "text", text: "hello" }] }
export const answer: UIMessageChunk[] = [
  { type: "start", messageId: "answer" },
  { type: "text-start", id: "0" },
  { type: "text-delta", id: "0", delta: "one " },
  { type: "text-delta", id: "0", delta: "two" },
  { type: "text-end", id: "0" },
  { type: "finish" },
]

/** Events `from` to `to`, counted from 1, then whatever the ending does. */
export function events(
  from: number,
  to: number,
  headers: Record<string, string>,
  end: (response: ServerResponse) => void,
  epoch = 1,
): Answer {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream", ...headers })
    response.flushHeaders()
    for (let seq = from; seq <= to; seq++)
      response.write(`id: ${epoch}-${seq}\ndata: ${JSON.stringify(answer[seq - 1])}\n\n`)
    end(response)
  }
}
export const continued = { "x-resume": "continued" }
export const ends = (response: ServerResponse) => response.end("data: [DONE]\n\n")
export const closesEarly = (response: ServerResponse) => response.end()
export const breaks = (response: ServerResponse) => void setImmediate(() => response.destroy())
export const staysOpen = () => undefined
/** Acts like a proxy that holds everything back, even the headers. */
export const saysNothing: Answer = () => undefined
export const stored =
  (...messages: ChatMessage[]): Answer =>
  (response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ messages }))

export const transportTo = (...answers: Answer[]) => transportWith({}, answers)

/** @param options what the transport has besides; a request beyond the last answer gets none */
export async function transportWith(options: Pick<ResilientChatTransportOptions, "loadSocket">, answers: Answer[]) {
  const requests: string[] = []
  const bodies: string[] = []
  const states: ConnectionState[] = []
  const taken: string[] = []
  const changes = new EventTarget()
  let open = 0
  let reconnections = 0
  const server = createServer(async (request, response) => {
    open += 1
    response.on("close", () => {
      open -= 1
      changes.dispatchEvent(new Event("change"))
    })
    let body = ""
    for await (const bytes of request) body += bytes
    requests.push(`${request.method} ${request.url}`)
    bodies.push(body)
    answers.shift()?.(response, request)
    changes.dispatchEvent(new Event("change"))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/chat`
  const tab = new TestTab()
  const transport = new ResilientChatTransport({
    ...options,
    agent: "assistant",
    api,
    watchPresence: (onChange) => tab.watch(onChange),
    onConnectionChange: (state) => states.push(state),
    onBegun: (chatId) => taken.push(chatId),
    onReconnected: () => {
      reconnections++
    },
  })
  const send = (chatId = "chat") =>
    transport.sendMessages({
      trigger: "submit-message",
      chatId,
      messageId: undefined,
      messages: [question],
      abortSignal: undefined,
    })
  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await once(changes, "change")
  }
  return {
    transport,
    send,
    requests,
    bodies,
    states,
    taken,
    tab,
    reconnections: () => reconnections,
    /** Resolves once `times` requests have been answered as prepared. */
    asked: (times: number) => until(() => requests.length >= times),
    /** Resolves once the server holds `count` open responses. */
    open: (count: number) => until(() => open === count),
  }
}

/** A tab whose visibility the test controls. */
class TestTab {
  isAway = false
  #onChange: (change: PresenceChange) => void = () => undefined
  readonly #changes = new EventTarget()

  watch(onChange: (change: PresenceChange) => void) {
    this.#onChange = onChange
    const tab = this
    return {
      get isAway() {
        return tab.isAway
      },
      async back() {
        while (tab.isAway) await once(tab.#changes, "back")
      },
      close() {
        tab.#onChange = () => undefined
      },
    }
  }

  hide(): void {
    this.isAway = true
    this.#onChange("away")
  }

  show(): void {
    this.isAway = false
    this.#changes.dispatchEvent(new Event("back"))
  }

  online(): void {
    this.#onChange("online")
  }

  /** Returns to the page by the back button. */
  restore(): void {
    this.show()
    this.#onChange("restored")
  }
}

export async function read(stream: ReadableStream<UIMessageChunk> | null): Promise<UIMessageChunk[]> {
  const chunks: UIMessageChunk[] = []
  const reader = stream?.getReader()
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) chunks.push(next.value)
  return chunks
}

/** @returns the next read after `count` chunks, already waiting */
export async function after(
  count: number,
  stream: ReadableStream<UIMessageChunk>,
): Promise<{ rest: Promise<UIMessageChunk[]> }> {
  const reader = stream.getReader()
  for (let chunk = 1; chunk <= count; chunk++) await reader.read()
  reader.releaseLock()
  const rest = read(stream)
  rest.catch(() => undefined)
  await turn()
  return { rest }
}
