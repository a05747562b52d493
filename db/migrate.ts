/** Migrates the configured database: `npm run db:migrate`. */
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

/** Finds the reason that the database or the network gave; drizzle's own message is only the statement. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause) return reasonOf(error.cause)
  // A connection refused at every address of a host has a code and no message.
  return error.message || ("code" in error ? String(error.code) : error.name)
}
