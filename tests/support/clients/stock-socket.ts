/** The AI SDK's own WebSocket client, unmodified, in a browser's place: with a session's cookie and an origin. */
import { WebSocketChatTransport } from "ai"
import { WebSocket } from "ws"
import type { ChatMessage } from "#lib/chat-protocol.ts"

export interface StockSocket {
  transport: WebSocketChatTransport<ChatMessage>
  /** all sockets it opened so far, the newest last */
  sockets: WebSocket[]
}

export function stockSocket({ url, origin, cookie }: { url: string; origin: string; cookie: string }): StockSocket {
  const sockets: WebSocket[] = []
  class BrowserSocket extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols, { headers: { origin, cookie } })
      sockets.push(this)
    }
  }
  // Its own type wants the browser's events, which `ws` has too.
  const webSocket = BrowserSocket as unknown as NonNullable<
    ConstructorParameters<typeof WebSocketChatTransport>[0]["webSocket"]
  >
  return { transport: new WebSocketChatTransport<ChatMessage>({ url, webSocket }), sockets }
}
