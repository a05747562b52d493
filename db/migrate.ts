/** `npm run db:migrate`: brings the database of the environment up to date. */
import { migrateDatabase } from "#db/client.ts"
import { startProblem } from "#db/start-problems.ts"
import { loadConfig } from "#lib/config.ts"

try {
  const { database } = loadConfig()
  await migrateDatabase({ database })
  console.info(`The database (${database.kind}) is up to date.`)
} catch (error) {
  const why = startProblem(error)
  const words = reasonOf(error)
  console.error(`The database was not changed. ${why && why !== words ? `${why} (${words})` : words}`)
  process.exitCode = 1
}

/** What the database or the network said; drizzle's own message is the statement. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause) return reasonOf(error.cause)
  // Refused at every address of a name: such an error has a code and no message.
  return error.message || ("code" in error ? String(error.code) : error.name)
}
