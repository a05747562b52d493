/** The socket of a tab in a browser's place: with a session's cookie and an origin. */
import { TabSocket } from "#lib/transports/socket/tab-socket.ts"

export function ownSocket({ url, origin, cookie }: { url: string; origin: string; cookie: string }): OwnSocket {
  const sockets: WebSocket[] = []
  const tabSocket = new TabSocket(() => {
    // Node's own WebSocket takes headers where a browser's takes protocols.
    const socket = new WebSocket(url, { headers: { cookie, origin } } as unknown as string[])
    sockets.push(socket)
    return socket
  })
  return { tabSocket, sockets }
}

export interface OwnSocket {
  tabSocket: TabSocket
  /** all sockets it opened so far, the newest last */
  sockets: WebSocket[]
}
