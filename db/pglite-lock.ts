import { DatabaseSync } from "node:sqlite"

/** The result code of SQLite where somebody else holds the lock. */
const sqliteBusy = 5

/**
 * PGlite has no lock of its own, and two processes on one folder corrupt it silently.
 * Ours is SQLite's on an empty file beside the folder: the kernel takes it back with the process, whatever ended it,
 * so a stale one cannot exist, and no process id that was given out anew can look like its holder.
 * @param folder must exist
 * @returns releases the lock
 * @throws with a sentence for people where another process, or this one, holds the folder
 */
export function lockFolder(folder: string): () => void {
  const lock = new DatabaseSync(`${folder}.lock`)
  try {
    // Committed first: a holder's open transaction would hide its id from the process that is refused.
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
