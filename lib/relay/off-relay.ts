import type { StreamEvent } from "#lib/chat-protocol.ts"
import { drainSource, outlet } from "./drain-source.ts"
import type { Relay } from "./relay.ts"

interface OffRelayOptions {
  /** called when a source throws */
  onProblem?: (error: unknown, streamId: string) => void
}

/**
 * Serves only the reader that opened a stream, for a service whose resuming is off. No other can follow, and no store
 * is used.
 */
export function offRelay({ onProblem = () => undefined }: OffRelayOptions = {}): Relay {
  return {
    keepsLog: false,
    isReachable: false,
    async resumableStream(streamId, makeStream) {
      const reader = outlet<StreamEvent>()
      void drainSource(makeStream, reader, (error) => onProblem(error, streamId))
      return { role: "producer", isShared: false, items: reader.stream }
    },
    resumeExistingStream: async () => undefined,
    stop: async () => undefined,
    readLog: async () => undefined,
    readEvents: async () => undefined,
    status: async () => "unknown",
    report: () => undefined,
    close: async () => undefined,
  }
}
