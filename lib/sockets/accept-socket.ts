import { WebSocketServer } from "ws"
import { ChatError } from "#lib/errors.ts"
import { headersOf } from "#lib/http/node-messages.ts"
import { routes } from "#lib/http/route.ts"
import { type Handshake, refuseHandshake } from "#lib/http/upgrades.ts"
import { type AdmittedSocket, admitSocket } from "./admit-socket.ts"
import { attachSocket } from "./attach-socket.ts"
import { type SocketAddress, type SocketDoor, socketAddresses } from "./doors.ts"
import { heartbeat } from "./heartbeat.ts"

const sharedHeartbeat = heartbeat()

/** Opens a socket for a handshake of the custom server, or refuses it as a route would. */
export async function acceptSocket(handshake: Handshake): Promise<void> {
  const { request, socket, head } = handshake
  let admitted: (AdmittedSocket & SocketAddress & { door: SocketDoor }) | undefined
  const { GET } = routes({
    async GET(asked, context) {
      const address = socketAddresses[pathOf(request.url)]
      if (!address) throw new ChatError("upgrade_required")
      // Loaded first: a door that fails to load must leave no reader counted.
      const door = await address.load()
      admitted = { ...(await admitSocket(asked, context)), ...address, door }
      return new Response()
    },
  })
  const asked = new Request("http://localhost", { headers: headersOf(request.headers) })
  const response = await GET(asked, { params: Promise.resolve({}) })
  if (!admitted) return refuseHandshake(handshake, response)
  const { services, user, reader, door, movingMs, maxFrameBytes } = admitted
  // Covers a client that leaves before its socket is open.
  if (socket.destroyed) return reader.leave()
  socket.once("close", reader.leave)
  // A server for each handshake: its cookies can reach no other one.
  const server = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: maxFrameBytes })
  server.on("headers", (lines) => {
    for (const cookie of response.headers.getSetCookie()) lines.push(`set-cookie: ${cookie}`)
  })
  server.handleUpgrade(request, socket, head, (opened) => {
    attachSocket(opened, { services, reader, heartbeat: sharedHeartbeat, movingMs })
    door(opened, { services, user, request })
  })
}

function pathOf(url = ""): string {
  return url.replace(/\?.*/s, "")
}
