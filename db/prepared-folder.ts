import { existsSync, readFileSync } from "node:fs"
import { cp, readdir, rename, rm } from "node:fs/promises"
import path from "node:path"

/** Where the build leaves an empty, migrated database: for the very version of PGlite that made it. */
export function preparedFolder(): string {
  const description = readFileSync(path.join(process.cwd(), "node_modules/@electric-sql/pglite/package.json"), "utf8")
  const { version } = JSON.parse(description) as { version: string }
  return path.join(process.cwd(), ".next", `embedded-database-${version}`)
}

/**
 * To make a database takes PGlite seconds; to copy one that the build has made, a tenth.
 * @param folder of a database to be; nothing is done where it holds anything, or where nothing was prepared
 * @returns true where it was copied
 */
export async function copyPrepared(folder: string, prepared: string): Promise<boolean> {
  if (!existsSync(path.join(prepared, "PG_VERSION")) || (await readdir(folder)).length > 0) return false
  // A process that dies meanwhile leaves no half of it: a folder is moved into place of an empty one in one step.
  const copy = `${folder}.new`
  await rm(copy, { recursive: true, force: true })
  await cp(prepared, copy, { recursive: true, mode: 0 })
  await rename(copy, folder)
  return true
}
