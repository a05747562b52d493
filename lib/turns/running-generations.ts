import type { Lease, StreamRepository } from "#db/repository/stream-repository.ts"
import type { FinalStatus } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import type { Generation } from "../generation/generation.ts"

/** A producer that has not renewed its lease for this long counts as dead. */
export const leaseMs = 10_000
const renewEveryMs = 3_000
/** Used while the database cannot be reached: once it is back, leases must be renewed before another process looks. */
const renewAgainMs = 500

export interface RunningGenerations {
  /**
   * Counts a turn that is being stored, until its generation is added or it is refused.
   * @throws ChatError "shutting_down" once this process hands over
   */
  begin(): Disposable
  /** Adds a generation. One that is late for the handover is handed over at once. */
  add(generation: Generation): void
  /** @returns undefined if this process does not produce that stream */
  find(streamId: string): Generation | undefined
  readonly size: number
  /** true if no generation runs here and no turn is about to begin */
  readonly isIdle: boolean
  /** streams taken over from other processes since this process started */
  readonly takeovers: number
  /** answers that ended here, by status */
  readonly ended: Readonly<Record<FinalStatus, number>>
  /** Hands every generation over to other processes. @returns once all are saved and their leases released */
  handOver(): Promise<void>
  /** Renews all leases and learns of stops, in one statement. A timer calls it; tests call it themselves. */
  renew(): Promise<void>
  close(): void
}

/** Keeps the generations of this process, and renews all their leases with one timer and one statement. */
export function runningGenerations(
  repository: { streams: Pick<StreamRepository, "find" | "renewLeases" | "releaseLeases"> },
  onProblem: (error: unknown) => void,
): RunningGenerations {
  const running = new Map<string, Generation>()
  const ended = { COMPLETE: 0, ERROR: 0, STOPPED: 0, INTERRUPTED: 0 }
  let takeovers = 0
  let timer: NodeJS.Timeout | undefined
  let isRenewed = true
  let beginning = 0
  let isHandingOver = false

  async function renew(): Promise<void> {
    try {
      const toStop = await repository.streams.renewLeases([...running.values()].map(leaseOf), leaseMs)
      isRenewed = true
      for (const streamId of toStop) await stopOrLeave(running.get(streamId))
    } catch (error) {
      // Leases may run out now, but without the database no process can take a generation over.
      if (isRenewed) onProblem(error)
      isRenewed = false
    }
  }

  /** A process that has taken the stream over needs what runs elsewhere for it. */
  async function stopOrLeave(generation: Generation | undefined): Promise<void> {
    if (!generation) return
    const row = await repository.streams.find(generation.streamId)
    if (row && row.epoch > generation.epoch) generation.leaveToSuccessor()
    else generation.stop()
  }

  function schedule(): void {
    const own = setTimeout(
      () => void renew().finally(() => timer === own && schedule()),
      isRenewed ? renewEveryMs : renewAgainMs,
    )
    timer = own
  }

  function close(): void {
    clearTimeout(timer)
    timer = undefined
  }

  async function handOver(all: Generation[]): Promise<void> {
    for (const generation of all) generation.handOver()
    await Promise.all(all.map((generation) => generation.ended))
    // Without the database, leases run out by themselves.
    await repository.streams.releaseLeases(all.map(leaseOf)).catch(onProblem)
  }

  return {
    begin() {
      if (isHandingOver) throw new ChatError("shutting_down")
      beginning += 1
      return {
        [Symbol.dispose]() {
          beginning -= 1
        },
      }
    },
    add(generation) {
      running.set(generation.streamId, generation)
      if (generation.epoch > 1) takeovers += 1
      if (!timer) schedule()
      void generation.ended.then((status) => {
        ended[status] += 1
        running.delete(generation.streamId)
        if (running.size === 0) close()
      })
      if (isHandingOver) void handOver([generation])
    },
    find: (streamId) => running.get(streamId),
    get size() {
      return running.size
    },
    get isIdle() {
      return running.size === 0 && beginning === 0
    },
    get takeovers() {
      return takeovers
    },
    ended,
    renew,
    handOver() {
      isHandingOver = true
      return handOver([...running.values()])
    },
    close,
  }
}

function leaseOf({ streamId, epoch }: Generation): Lease {
  return { streamId, epoch }
}
