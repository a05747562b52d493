/** Ends runs of Goose's, so that nothing is paid for and no tool runs that nobody waits for. */
import { setTimeout as sleep } from "node:timers/promises"
import type { AgentRun } from "#lib/agent-run.ts"
import { deleteHttp, type GooseAddress, sendHttp } from "./http-connection.ts"
import type { Peer } from "./peer.ts"
import { approvalIdOf, permissionAnswer } from "./permissions.ts"
import { permissionIn } from "./shapes.ts"

/** A cancel that comes right behind its prompt is lost, so it is repeated. */
const cancelEveryMs = 100

/**
 * Cancels a run whose messages we read, waits for its answer, and ends the connection. A connection that just ends
 * leaves none of the text in the session. Never rejects.
 */
export async function cancelRun(peer: Peer, run: AgentRun, { withinMs }: { withinMs: number }): Promise<void> {
  const waiting = AbortSignal.timeout(withinMs)
  let cancelledAtMs = Number.NEGATIVE_INFINITY
  try {
    for (;;) {
      if (performance.now() - cancelledAtMs >= cancelEveryMs) {
        await peer.send(undefined, "session/cancel", { sessionId: run.sessionId })
        cancelledAtMs = performance.now()
      }
      const next = await peer.next({ signal: waiting, quietMs: cancelEveryMs })
      if (next === "ended") break
      if (next === "quiet") continue
      const { message } = next
      if (message.id === run.promptId && message.method === undefined) break
      const permission = permissionIn(message, run.sessionId)
      // Goose hears no cancel while it waits for a permission.
      if (permission) {
        const { id, result } = permissionAnswer(approvalIdOf(permission, message), undefined)
        await peer.respond(id, result, run.sessionId)
      }
    }
  } catch {
    // It took too long, or the connection is gone: its end is all that is left to ask for.
  }
  await peer.close()
}

/** Cancels a run that another process may be reading, and ends its connection. Never rejects. */
export async function endRemotely(address: GooseAddress, run: AgentRun): Promise<void> {
  const cancel = { method: "session/cancel", params: { sessionId: run.sessionId } }
  try {
    for (const waitMs of [0, 50, 100]) {
      await sleep(waitMs)
      await sendHttp(address, run.connectionId, cancel)
    }
  } catch {
    // Goose is away, and its runs with it; or the connection still has to be ended.
  }
  await deleteHttp(address, run.connectionId)
}
