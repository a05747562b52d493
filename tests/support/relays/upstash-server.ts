/** Upstash's REST interface in front of a real Redis, as far as its client and our store use it. */
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { Redis } from "ioredis"

export interface TestUpstash {
  readonly url: string
  readonly token: string
  /** number of answered requests, without subscriptions */
  readonly requests: number
  /** Ends every subscription's response, as a gateway does when it is replaced. */
  dropSubscriptions(): void
  stop(): Promise<void>
}

type Command = [name: string, ...parameters: string[]]

export async function startUpstash(redisUrl: string): Promise<TestUpstash> {
  const token = "a-token-for-tests"
  const redis = new Redis(redisUrl)
  redis.on("error", ignore)
  const subscriptions = new Set<ServerResponse>()
  let requests = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.authorization !== `Bearer ${token}`) return json(response, 401, { error: "Unauthorized" })
    const path = request.url ?? "/"
    if (path.startsWith("/subscribe/")) return subscribe(path.slice("/subscribe/".length), response)
    requests += 1
    const sent = await text(request)
    if (isTooLarge(sent)) return json(response, 400, errorOf(tooLarge(sent)))
    const body = JSON.parse(sent)
    const isBase64 = request.headers["upstash-encoding"] === "base64"
    const replyTo = (command: Command) => run(command, isBase64)
    if (path === "/") {
      const reply = await replyTo(body)
      return json(response, "error" in reply ? 400 : 200, reply)
    }
    const commands: Command[] = body
    if (path === "/pipeline") return json(response, 200, await Promise.all(commands.map(replyTo)))
    if (path === "/multi-exec") {
      const replies = (await redis.multi(commands).exec()) ?? []
      return json(
        response,
        200,
        replies.map(([error, reply]) => (error ? errorOf(error) : resultOf(reply, isBase64))),
      )
    }
    json(response, 404, { error: "not found" })
  }

  async function run([name, ...parameters]: Command, isBase64: boolean): Promise<object> {
    try {
      const reply = await redis.call(name, ...parameters)
      const said = JSON.stringify(reply)
      return isTooLarge(said) ? errorOf(tooLarge(said)) : resultOf(reply, isBase64)
    } catch (error) {
      return errorOf(error)
    }
  }

  async function subscribe(channel: string, response: ServerResponse): Promise<void> {
    const subscriber = new Redis(redisUrl)
    subscriber.on("error", ignore)
    response.once("close", () => {
      subscriptions.delete(response)
      subscriber.disconnect()
    })
    // A message can arrive before the promise that confirms the subscription resolves.
    const confirmed = subscriber.subscribe(channel).then(() => {
      subscriptions.add(response)
      response.writeHead(200, { "content-type": "text/event-stream" })
      response.write(`data: subscribe,${channel},1\n\n`)
    })
    subscriber.on("message", async (_channel, message) => {
      await confirmed
      response.write(`data: message,${channel},${message}\n\n`)
    })
    await confirmed
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo // a TCP server that listens has one

  return {
    url: `http://127.0.0.1:${port}`,
    token,
    get requests() {
      return requests
    },
    dropSubscriptions() {
      for (const response of subscriptions) response.end()
    },
    async stop() {
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      redis.disconnect()
      await closed
    },
  }
}

/** Of a request or an answer, as the smallest plans have it. */
const mostBytes = 1_048_576

function isTooLarge(body: string): boolean {
  return Buffer.byteLength(body) > mostBytes
}

function tooLarge(body: string): Error {
  const actual = Buffer.byteLength(body)
  return new Error(`ERR max request size exceeded. Limit: ${mostBytes} bytes, Actual: ${actual} bytes.`)
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}

function errorOf(error: unknown): { error: string } {
  return { error: error instanceof Error ? error.message : String(error) }
}

function resultOf(reply: unknown, isBase64: boolean): { result: unknown } {
  return { result: isBase64 ? encoded(reply) : reply }
}

function encoded(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(encoded)
  return typeof reply === "string" ? Buffer.from(reply).toString("base64") : reply
}

/** Some tests are about an unreachable Redis: it shows in the answers. */
function ignore(): void {}
