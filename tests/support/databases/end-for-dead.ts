import { sql } from "drizzle-orm"
import { chatStream } from "#db/schema.ts"
import { offRelay } from "#lib/relay/off-relay.ts"
import type { Services } from "#lib/services.ts"
import { recoverAll } from "#lib/turns/recover.ts"
import { runningGenerations } from "#lib/turns/running-generations.ts"

/**
 * Ends an answer as a process does that finds its lease expired: only the stored text is known.
 * This one's generation lives on, unable to write.
 */
export async function endForDead({ chat, database }: Pick<Services, "chat" | "database">): Promise<void> {
  chat.running.close()
  await database.db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
  const running = runningGenerations(chat.repository, chat.onProblem)
  await recoverAll({ ...chat, running, relay: offRelay(), config: { ...chat.config, continuesAfterCrash: false } })
  running.close()
}
