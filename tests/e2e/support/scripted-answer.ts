/** Answers the page in the server's place, chunk by chunk, with what no model of ours sends. */
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Page } from "@playwright/test"
import type { UIMessageChunk } from "ai"
import type { MessageMetadata } from "#lib/chat-protocol.ts"

export interface ScriptedAnswer {
  /** Sends chunks to everyone who follows, in one write. */
  send(...chunks: UIMessageChunk[]): void
  /** Ends the answer with this metadata; the next question begins another. */
  finish(metadata?: Partial<MessageMetadata>): void
  /** how many questions and decisions have come: chunks sent before the first go nowhere */
  readonly begun: number
  /** the bodies of the decisions that were posted */
  decisions: unknown[]
  close(): Promise<void>
}

/** Takes over the page's questions, decisions and followed streams. All else goes to the server. */
export async function scriptAnswers(page: Page): Promise<ScriptedAnswer> {
  const readers = new Set<ServerResponse>()
  const decisions: unknown[] = []
  let events: string[] = []
  let answers = 0

  const server = createServer(async (request, response) => {
    const isDecision = request.url?.includes("/approval") === true
    const body = await bodyOf(request)
    if (request.method === "POST") {
      if (isDecision) decisions.push(JSON.parse(body))
      events = []
      answers++
      write({ type: "start", messageId: `answer-${answers}` }, { type: "start-step" })
    } else if (events.length === 0) return void response.writeHead(204).end()
    response.writeHead(200, { "content-type": "text/event-stream", "x-stream-id": `stream-${answers}` })
    response.write(events.join(""))
    readers.add(response)
    response.on("close", () => readers.delete(response))
  })

  function write(...chunks: UIMessageChunk[]): void {
    const written = chunks.map(
      (chunk, index) => `id: 1-${events.length + index + 1}\ndata: ${JSON.stringify(chunk)}\n\n`,
    )
    events.push(...written)
    for (const reader of readers) reader.write(written.join(""))
  }

  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // it listens on TCP, so this is neither a path nor null
  await page.route(/\/api\/chat(\?|$)|\/approval$/, (route) => {
    const { pathname, search } = new URL(route.request().url())
    return route.continue({ url: `http://127.0.0.1:${port}${pathname}${search}` })
  })
  return {
    send: write,
    get begun() {
      return answers
    },
    decisions,
    finish(metadata = {}) {
      const messageMetadata = { status: "COMPLETE", createdAt: new Date().toISOString(), ...metadata }
      write({ type: "finish-step" }, { type: "finish", finishReason: "stop", messageMetadata })
      events = []
      for (const reader of readers) reader.end()
    },
    async close() {
      for (const reader of readers) reader.destroy()
      server.close()
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks = await request.toArray()
  return Buffer.concat(chunks as Buffer[]).toString() // a request without encoding yields buffers
}
