/**
 * A provider that knows what it has sold. It speaks OpenAI's chat completions in numbered words, and marks each word
 * with a letter for the call that sent it: `w1a w2a …`, and `w1b w2b …` if it is asked the same question once more. As
 * with a real model, no two calls say the same. Asked to continue a text, it sends the words after it.
 */
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { setTimeout as wait } from "node:timers/promises"
import { doneLine, finishChunk, textChunk, usageChunk } from "#tests/support/providers/openai-wire.ts"

/** How an answer is written. */
export interface Script {
  words: number
  paceMs: number
  /** before the first word */
  firstMs: number
  /** between the last word and the end */
  endMs: number
  /** characters in addition to a word's own */
  paddingChars: number
}

/** What was sold for one question. */
export interface Sale {
  /** what to ask */
  readonly question: string
  /** words sent by each call */
  readonly calls: number[]
  /** words that were sent again, although an earlier call had sent them */
  readonly boughtTwice: number
  /** calls that are still being answered */
  readonly running: number
}

export interface CountingProvider {
  /** for OPENAI_BASE_URL, with its /v1 */
  url: string
  sell(script: Script): Sale
  close(): Promise<void>
}

interface Order extends Sale {
  script: Script
  positions: Set<number>
  running: number
}

const model = "test-model"
const wordPattern = /w(\d+)([a-z])(?![\da-z])/g

/** @returns the position and the letter of each word */
export function wordsIn(text: string): { position: number; letter: string }[] {
  return [...text.matchAll(wordPattern)].map(([, position, letter = ""]) => ({ position: Number(position), letter }))
}

export async function startCountingProvider(): Promise<CountingProvider> {
  const orders = new Map<string, Order>()

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await incoming.toArray()).toString("utf8")
    const key = /order-\d+/.exec(body)?.[0] ?? ""
    const order = orders.get(key)
    const asked: { stream?: boolean; messages: { role: string; content: unknown }[] } = JSON.parse(body)
    if (!order || !asked.stream) return void response.writeHead(404).end("{}")
    const said = asked.messages.filter(({ role }) => role === "assistant").map(({ content }) => textIn(content))
    await write(response, order, said.join(""))
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy())
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/v1`,
    sell(script) {
      const key = `order-${orders.size + 1}`
      const order: Order = {
        script,
        question: `Please say the words of ${key}.`,
        calls: [],
        positions: new Set(),
        running: 0,
        get boughtTwice() {
          return order.calls.reduce((sum, sent) => sum + sent, 0) - order.positions.size
        },
      }
      orders.set(key, order)
      return order
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function write(response: ServerResponse, order: Order, soFar: string): Promise<void> {
  const { words, paceMs, firstMs, endMs, paddingChars } = order.script
  const call = order.calls.push(0) - 1
  const letter = String.fromCharCode("a".charCodeAt(0) + (call % 26))
  const begin = wordsIn(soFar).at(-1)?.position ?? 0
  const padding = paddingChars > 0 ? `-${"x".repeat(paddingChars)}` : ""
  response.writeHead(200, { "content-type": "text/event-stream" })
  response.flushHeaders()
  order.running += 1
  response.on("close", () => {
    order.running -= 1
  })
  await wait(firstMs)
  for (let position = begin + 1; position <= words && !response.destroyed; position++) {
    const space = position === 1 || /\s$/.test(soFar) ? "" : " "
    response.write(textChunk(model, `${space}w${position}${letter}${padding}`))
    soFar = ""
    order.calls[call] = (order.calls[call] ?? 0) + 1
    order.positions.add(position)
    await wait(paceMs)
  }
  await wait(endMs)
  response.write(finishChunk(model, "stop"))
  response.write(usageChunk(model, { prompt_tokens: 1, completion_tokens: words, total_tokens: words + 1 }))
  response.end(doneLine)
}

function textIn(content: unknown): string {
  if (typeof content === "string") return content
  if (!Array.isArray(content)) return ""
  return content.map((part) => (typeof part?.text === "string" ? part.text : "")).join("")
}
