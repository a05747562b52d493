/** A tRPC client as an application has it, over each of its links. */
import { randomUUID } from "node:crypto"
import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
  TRPCClientError,
  type TRPCLink,
  wsLink,
} from "@trpc/client"
import type { inferRouterInputs } from "@trpc/server"
import type { UIMessageChunk } from "ai"
import { onTestFinished } from "vitest"
import { WebSocket } from "ws"
import { endsStream } from "#lib/chat-protocol.ts"
import type { ChatRouter } from "#lib/trpc/router.ts"
import { routeServer } from "../servers/route-server.ts"
import { socketServer } from "../servers/socket-server.ts"
import type { Client } from "./service.ts"

export const trpcWays = ["http", "socket"] as const
export type TrpcWay = (typeof trpcWays)[number]

export interface TrpcTab {
  trpc: TRPCClient<ChatRouter>
  /** Follows the client's chat, unless the input says otherwise. */
  follow(input?: Partial<inferRouterInputs<ChatRouter>["chat"]["follow"]>): TrpcReading
  /** Breaks its connections, as a lost network does. */
  cut(): void
}

export interface TrpcReading {
  /** everything received so far */
  events: { id: string; chunk: UIMessageChunk }[]
  /** the text since the last `start` */
  text(): string
  until(isThere: (events: TrpcReading["events"]) => boolean): Promise<void>
  untilText(words: string): Promise<void>
  /** Resolves once the server has taken the subscription, or it has ended. */
  started: Promise<void>
  /** Resolves once the subscription has ended by itself. @throws TRPCClientError */
  ended: Promise<void>
  /** the states of the connection so far */
  states: string[]
  leave(): void
}

/** What a server's `retry:` field would set; the default of browsers is 3 s. */
const reconnectMs = 20

export async function trpcTab(client: Client, way: TrpcWay): Promise<TrpcTab> {
  const { link, cut } = await trpcLink(client, way)
  const trpc = createTRPCClient<ChatRouter>({ links: [link] })
  return { trpc, cut, follow: (input) => read(trpc, { chatId: client.chatId, ...input }) }
}

interface TrpcLink {
  link: TRPCLink<ChatRouter>
  cut(): void
}

/** A link to the routes of this process, with that client's session. */
export function trpcLink(client: Client, way: TrpcWay): Promise<TrpcLink> {
  return links[way](client)
}

const links: Record<TrpcWay, (client: Client) => Promise<TrpcLink>> = {
  async http(client) {
    const { url, cut } = await routeServer(client)
    const link = splitLink<ChatRouter>({
      condition: ({ type }) => type === "subscription",
      true: httpSubscriptionLink({
        url: `${url}/api/trpc`,
        eventSourceOptions: { node: { reconnectionTime: reconnectMs } } as EventSourceInit, // Node's own option
      }),
      false: httpBatchLink({ url: `${url}/api/trpc` }),
    })
    return { link, cut }
  },

  async socket({ cookie }) {
    const { origin } = await socketServer()
    const opened = new Set<WebSocket>()
    class OwnSocket extends WebSocket {
      constructor(address: string) {
        super(address, { headers: { origin, cookie } })
        opened.add(this)
      }
    }
    const client = createWSClient({
      url: `${origin.replace("http", "ws")}/api/trpc`,
      WebSocket: OwnSocket as unknown as typeof globalThis.WebSocket, // the same as a browser's, as far as it is used
      retryDelayMs: () => reconnectMs,
    })
    onTestFinished(() => client.close())
    return {
      link: wsLink<ChatRouter>({ client }),
      cut() {
        for (const socket of opened) socket.terminate()
      },
    }
  },
}

function read(trpc: TRPCClient<ChatRouter>, input: inferRouterInputs<ChatRouter>["chat"]["follow"]): TrpcReading {
  const events: TrpcReading["events"] = []
  const states: string[] = []
  const ended = Promise.withResolvers<void>()
  ended.promise.catch(() => undefined) // a test that expects no end does not look
  const started = Promise.withResolvers<void>()
  ended.promise.then(started.resolve, started.resolve)
  const waiting = new Set<() => void>()
  const look = () => {
    for (const each of [...waiting]) each()
  }
  let isOver = false
  const subscription = trpc.chat.follow.subscribe(input, {
    onData({ id, data: chunk }) {
      events.push({ id, chunk: chunk as UIMessageChunk }) // tRPC's types of parsed JSON are a little wider
      look()
    },
    onStarted: () => started.resolve(),
    onConnectionStateChange: ({ state }) => states.push(state),
    onError(error) {
      isOver = true
      ended.reject(error)
      look()
    },
    onComplete() {
      isOver = true
      ended.resolve()
      look()
    },
  })
  onTestFinished(() => subscription.unsubscribe())

  const reading: TrpcReading = {
    events,
    states,
    started: started.promise,
    ended: ended.promise,
    text() {
      const start = events.findLastIndex(({ chunk }) => chunk.type === "start")
      return events
        .slice(start + 1)
        .map(({ chunk }) => (chunk.type === "text-delta" ? chunk.delta : ""))
        .join("")
    },
    until: (isThere) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (isThere(events)) resolve()
          else if (isOver) reject(new Error(`it ended before: ${JSON.stringify(events)}`))
          else return
          waiting.delete(check)
        }
        waiting.add(check)
        check()
      }),
    untilText: (words) => reading.until(() => reading.text().includes(words)),
    leave: () => subscription.unsubscribe(),
  }
  return reading
}

/** Reads to the end. @returns the whole text @throws where the subscription ends before the answer does */
export async function wholeText({ ended, events, text }: TrpcReading): Promise<string> {
  await ended
  const last = events.at(-1)
  if (!last || !endsStream(last.chunk)) throw new Error(`the answer has no end: ${JSON.stringify(events)}`)
  return text()
}

/** @returns a question to be sent */
export function question(chatId: string, text: string): inferRouterInputs<ChatRouter>["chat"]["send"] {
  return { id: chatId, message: { id: randomUUID(), role: "user", parts: [{ type: "text", text }] } }
}

/** @returns the data of the error that a call fails with */
export async function refusalOf(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const error = await call.then(
    () => undefined,
    (refused: unknown) => refused,
  )
  if (error instanceof TRPCClientError && error.data) return error.data
  throw new Error("it was not refused in the form that clients read", { cause: error })
}
