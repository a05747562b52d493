import type { Lease, StreamRepository } from "#db/repository/stream-repository.ts"
import type { FinalStatus } from "#lib/chat-protocol.ts"
import type { Generation } from "../generation/generation.ts"

/** A producer that is silent for this long counts as dead. */
export const leaseMs = 10_000
const renewEveryMs = 3_000
/** While the database does not hear of us: when it is back, we are to be heard before anybody takes us for dead. */
const renewAgainMs = 500

export interface RunningGenerations {
  add(generation: Generation): void
  /** @returns undefined where this process does not produce that stream */
  find(streamId: string): Generation | undefined
  readonly size: number
  /** how many were taken over from other processes, since this one began */
  readonly takeovers: number
  /** how many ended here, by how */
  readonly ended: Readonly<Record<FinalStatus, number>>
  /** Lets every generation go, for other processes to carry on at once. @returns when all is saved and released */
  handOver(): Promise<void>
  /** Renews the leases and hears of stops, for all at once. Called by the own timer; tests call it themselves. */
  renew(): Promise<void>
  close(): void
}

/** The generations of this process, with one timer and one statement that says for all of them: we live. */
export function runningGenerations(
  repository: { streams: Pick<StreamRepository, "renewLeases" | "releaseLeases"> },
  onProblem: (error: unknown) => void,
): RunningGenerations {
  const running = new Map<string, Generation>()
  const ended = { COMPLETE: 0, ERROR: 0, STOPPED: 0, INTERRUPTED: 0 }
  let takeovers = 0
  let timer: NodeJS.Timeout | undefined
  let isHeard = true

  async function renew(): Promise<void> {
    try {
      const toStop = await repository.streams.renewLeases([...running.values()].map(leaseOf), leaseMs)
      isHeard = true
      for (const streamId of toStop) running.get(streamId)?.stop()
    } catch (error) {
      // The lease may run out now. Nobody can take the generation over without the database either.
      if (isHeard) onProblem(error)
      isHeard = false
    }
  }

  function schedule(): void {
    const own = setTimeout(
      () => void renew().finally(() => timer === own && schedule()),
      isHeard ? renewEveryMs : renewAgainMs,
    )
    timer = own
  }

  function close(): void {
    clearTimeout(timer)
    timer = undefined
  }

  return {
    add(generation) {
      running.set(generation.streamId, generation)
      if (generation.epoch > 1) takeovers += 1
      if (!timer) schedule()
      void generation.ended.then((status) => {
        ended[status] += 1
        running.delete(generation.streamId)
        if (running.size === 0) close()
      })
    },
    find: (streamId) => running.get(streamId),
    get size() {
      return running.size
    },
    get takeovers() {
      return takeovers
    },
    ended,
    renew,
    async handOver() {
      const all = [...running.values()]
      for (const generation of all) generation.handOver()
      await Promise.all(all.map((generation) => generation.ended))
      // Without the database they run out by themselves.
      await repository.streams.releaseLeases(all.map(leaseOf)).catch(onProblem)
    },
    close,
  }
}

function leaseOf({ streamId, epoch }: Generation): Lease {
  return { streamId, epoch }
}
