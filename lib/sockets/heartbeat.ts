import type { WebSocket } from "ws"
import { ticker } from "./ticker.ts"

export interface Heartbeat {
  /** Pings a socket, and terminates it in silence, until it closes. */
  watch(socket: WebSocket): void
}

interface HeartbeatTimes {
  /** default 25 s: below the 30 s after which some proxies cut a silent connection */
  pingEveryMs?: number
  /** silence after which a socket is dead, default 60 s */
  deadAfterMs?: number
}

/** Keeps sockets alive and finds dead ones, with one timer for all of them. */
export function heartbeat({ pingEveryMs = 25_000, deadAfterMs = 60_000 }: HeartbeatTimes = {}): Heartbeat {
  const onTick = ticker(pingEveryMs / 5)
  return {
    watch(socket) {
      let seenAtMs = performance.now()
      let pingedAtMs = seenAtMs
      const seen = () => {
        seenAtMs = performance.now()
      }
      const stop = onTick(() => {
        const nowMs = performance.now()
        if (nowMs - seenAtMs >= deadAfterMs) return socket.terminate()
        if (nowMs - pingedAtMs < pingEveryMs || socket.readyState !== socket.OPEN) return
        pingedAtMs = nowMs
        socket.ping()
      })
      for (const sign of ["pong", "ping", "message"]) socket.on(sign, seen)
      socket.once("close", stop)
    },
  }
}
