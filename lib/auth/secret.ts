import { randomBytes, randomUUID } from "node:crypto"
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"

const minChars = 32

/**
 * Returns the secret that signs sessions if none is configured: created at the first start, then kept. Processes that
 * start at once all get the same.
 * @param folder created if missing; the file in it is `secret`, readable only by its owner
 */
export function keptSecret(folder: string): string {
  const file = path.join(folder, "secret")
  const kept = read(file) ?? make(file)
  if (kept.length < minChars)
    throw new Error(
      `${file} holds fewer than ${minChars} characters: delete it (all users must sign in again) or restore it`,
    )
  return kept
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim()
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined
    throw error
  }
}

/**
 * Writes the file under another name and links it into place, so that it is never seen half written and the first link
 * wins.
 */
function make(file: string): string {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.${randomUUID()}`
  writeFileSync(fresh, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" })
  try {
    linkSync(fresh, file)
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error
  } finally {
    rmSync(fresh)
  }
  return readFileSync(file, "utf8").trim()
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code
}
