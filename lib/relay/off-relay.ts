import type { StreamEvent } from "#lib/chat-protocol.ts"
import { drainSource, outlet } from "./drain-source.ts"
import type { Relay } from "./relay.ts"

interface OffRelayOptions {
  /** told where a source throws; by default nobody is */
  onProblem?: (error: unknown, streamId: string) => void
}

/** Resuming switched off: the one who asked reads the answer, and nobody else can follow. No store is touched. */
export function offRelay({ onProblem = () => undefined }: OffRelayOptions = {}): Relay {
  return {
    keepsLog: false,
    isReachable: false,
    async resumableStream(streamId, makeStream) {
      const own = outlet<StreamEvent>()
      void drainSource(makeStream, own, (error) => onProblem(error, streamId))
      return { role: "producer", isShared: false, items: own.stream }
    },
    resumeExistingStream: async () => undefined,
    stop: async () => undefined,
    readLog: async () => undefined,
    status: async () => "unknown",
    report: () => undefined,
    close: async () => undefined,
  }
}
