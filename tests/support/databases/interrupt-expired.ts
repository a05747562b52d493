import { sql } from "drizzle-orm"
import { chatStream } from "#db/schema.ts"
import { offRelay } from "#lib/relay/off-relay.ts"
import type { Services } from "#lib/services.ts"
import { recoverAll } from "#lib/turns/recover.ts"
import { runningGenerations } from "#lib/turns/running-generations.ts"

/**
 * Ends running answers as another process does when their leases have expired: with their stored text. Their
 * generations in this process live on, but can no longer write.
 */
export async function interruptExpired({ chat, database }: Pick<Services, "chat" | "database">): Promise<void> {
  chat.running.close()
  await database.db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
  const running = runningGenerations(chat.repository, chat.onProblem)
  await recoverAll({ ...chat, running, relay: offRelay(), config: { ...chat.config, continuesAfterCrash: false } })
  running.close()
}
