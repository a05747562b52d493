import { experimental_upgradeWebSocket } from "@vercel/functions"
import { routes } from "#lib/http/route.ts"
import { admitSocket, maxFrameBytes } from "#lib/sockets/admit-socket.ts"
import { attachSocket } from "#lib/sockets/attach-socket.ts"
import { heartbeat } from "#lib/sockets/heartbeat.ts"
import { expectPlatformUpgrade } from "#lib/sockets/platform-upgrade.ts"
import { serveSocket } from "#lib/sockets/serve-socket.ts"

const sharedHeartbeat = heartbeat()

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Opens a socket on platforms that run routes only. The custom server opens its own before a route is asked. */
  async GET(request, context) {
    expectPlatformUpgrade(request)
    const { services, user, reader } = await admitSocket(request, context)
    try {
      return await experimental_upgradeWebSocket(
        (socket) => {
          attachSocket(socket, { services, reader, heartbeat: sharedHeartbeat })
          serveSocket(socket, { services, user })
        },
        { maxPayload: maxFrameBytes },
      )
    } catch (error) {
      reader.leave()
      throw error
    }
  },
})
