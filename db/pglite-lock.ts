import { DatabaseSync } from "node:sqlite"

/** SQLite's result code if another connection holds the lock. */
const sqliteBusy = 5

/**
 * Locks a folder, because PGlite has no lock and two processes on one folder corrupt it silently. The lock is SQLite's
 * on an empty file beside the folder: the kernel releases it with the process, however it ends, so it cannot become
 * stale, and a reused process id cannot pass for its holder.
 * @param folder must exist
 * @returns releases the lock
 * @throws with a sentence for people if another process, or this one, holds the folder
 */
export function lockFolder(folder: string): () => void {
  const lock = new DatabaseSync(`${folder}.lock`)
  try {
    // Committed first: inside the open transaction the holder's id would be invisible to the refused process.
    lock.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${process.pid}; COMMIT; BEGIN IMMEDIATE`)
  } catch (error) {
    const holder = isBusy(error) ? lock.prepare("PRAGMA user_version").get()?.["user_version"] : undefined
    lock.close()
    if (holder === undefined) throw error
    throw new Error(
      `The embedded database in ${folder} is in use by another process (id ${holder}). ` +
        "Stop that one, or set DATABASE_URL so that both share a Postgres.",
    )
  }
  return () => lock.close()
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === sqliteBusy
}
