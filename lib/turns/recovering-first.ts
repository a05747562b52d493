import type { ChatServices } from "./chat-services.ts"
import { recover } from "./recover.ts"

/** Tries something, and once more where a dead producer was in its way, after that one's generation was recovered. */
export async function recoveringFirst<Outcome extends { kind: string; streamId?: string; isDead?: boolean }>(
  services: ChatServices,
  attempt: () => Promise<Outcome>,
): Promise<Outcome> {
  const outcome = await attempt()
  if (!outcome.isDead || outcome.streamId === undefined) return outcome
  await recover(services, outcome.streamId)
  return attempt()
}
