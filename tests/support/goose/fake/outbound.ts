import type { ServerResponse } from "node:http"

/** Messages to a client over one stream of server-sent events, kept while nobody reads. */
export interface Outbound {
  send(message: object): void
  /** @returns false if somebody reads already */
  attach(reader: ServerResponse): boolean
  end(): void
}

const heartbeatMs = 15_000

/** @param losesOneAtCut the message that comes first after a reader was cut off is lost with it */
export function openOutbound(losesOneAtCut: boolean): Outbound {
  const kept: string[] = []
  let reader: ServerResponse | undefined
  let isLost = false

  return {
    send(message) {
      const line = `data: ${JSON.stringify(message)}\n\n`
      if (isLost) isLost = false
      else if (reader) reader.write(line)
      else kept.push(line)
    },
    attach(response) {
      if (reader) return false
      reader = response
      isLost = false
      response.flushHeaders()
      for (const line of kept.splice(0)) response.write(line)
      const heartbeat = setInterval(() => response.write(": \n\n"), heartbeatMs)
      const { socket } = response
      // Not `close` alone, which comes some turns later: whoever has heard of a later request's answer relies on this.
      const left = () => {
        clearInterval(heartbeat)
        socket?.off("end", left)
        response.off("close", left)
        reader = undefined
        isLost = losesOneAtCut
      }
      socket?.once("end", left)
      response.once("close", left)
      return true
    },
    end() {
      reader?.end()
    },
  }
}
