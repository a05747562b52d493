import type { Refusal } from "#db/repository/refusal.ts"
import { ChatError } from "#lib/errors.ts"
import type { ChatServices } from "./chat-services.ts"
import { recover } from "./recover.ts"

/**
 * Changes a chat. If a dead producer is in the way, its answer is recovered and the change is tried once more.
 * @throws ChatError with the code of the refusal
 */
export async function recoveringFirst<Outcome extends { kind: string }>(
  services: ChatServices,
  change: () => Promise<Outcome | Refusal>,
): Promise<Exclude<Outcome, Refusal>> {
  let outcome = await change()
  if (isRefused(outcome) && outcome.code === "generation_running" && outcome.isDead) {
    await recover(services, outcome.streamId)
    outcome = await change()
  }
  if (!isRefused(outcome)) return outcome as Exclude<Outcome, Refusal> // all that is left
  throw new ChatError(outcome.code, outcome.code === "generation_running" ? { streamId: outcome.streamId } : {})
}

function isRefused(outcome: { kind: string }): outcome is Refusal {
  return outcome.kind === "refused"
}
