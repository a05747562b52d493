import { existsSync, readFileSync } from "node:fs"
import { cp, readdir, rename, rm } from "node:fs/promises"
import path from "node:path"

/** Returns the folder of the empty, migrated database that the build made with this version of PGlite. */
export function preparedFolder(): string {
  const description = readFileSync(path.join(process.cwd(), "node_modules/@electric-sql/pglite/package.json"), "utf8")
  const { version } = JSON.parse(description) as { version: string }
  return path.join(process.cwd(), ".next", `embedded-database-${version}`)
}

/**
 * Copies the prepared database: PGlite needs seconds to create one, a tenth of that to open a copy.
 * @param folder the new database's folder; nothing happens if it is not empty, or if no database was prepared
 * @returns true if it was copied
 */
export async function copyPrepared(folder: string, prepared: string): Promise<boolean> {
  if (!existsSync(path.join(prepared, "PG_VERSION")) || (await readdir(folder)).length > 0) return false
  // A process that dies here leaves no half copy: the folder replaces an empty one in one step.
  const copy = `${folder}.new`
  await rm(copy, { recursive: true, force: true })
  await cp(prepared, copy, { recursive: true, mode: 0 })
  await rename(copy, folder)
  return true
}
