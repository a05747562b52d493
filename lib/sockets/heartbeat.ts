import type { WebSocket } from "ws"

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
  const sockets = new Map<WebSocket, { seenAtMs: number; pingedAtMs: number }>()
  let timer: NodeJS.Timeout | undefined

  function beat(): void {
    const nowMs = performance.now()
    for (const [socket, times] of sockets) {
      if (nowMs - times.seenAtMs >= deadAfterMs) socket.terminate()
      else if (nowMs - times.pingedAtMs >= pingEveryMs && socket.readyState === socket.OPEN) {
        times.pingedAtMs = nowMs
        socket.ping()
      }
    }
  }

  return {
    watch(socket) {
      const times = { seenAtMs: performance.now(), pingedAtMs: performance.now() }
      const seen = () => {
        times.seenAtMs = performance.now()
      }
      for (const sign of ["pong", "ping", "message"]) socket.on(sign, seen)
      sockets.set(socket, times)
      timer ??= setInterval(beat, pingEveryMs / 5).unref()
      socket.once("close", () => {
        sockets.delete(socket)
        if (sockets.size > 0) return
        clearInterval(timer)
        timer = undefined
      })
    },
  }
}
