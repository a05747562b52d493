import { randomBytes, randomUUID } from "node:crypto"
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"

const fewestChars = 32

/**
 * The secret that signs sessions where none is configured: made at the first start, kept for all later ones.
 * Of several processes that start at once, all get the same.
 * @param folder made where it is missing; the file in it is `secret`, readable by its owner alone
 */
export function keptSecret(folder: string): string {
  const file = path.join(folder, "secret")
  const kept = read(file) ?? make(file)
  if (kept.length < fewestChars)
    throw new Error(
      `${file} holds fewer than ${fewestChars} characters: delete it (everybody signs in anew) or restore it`,
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

/** Written aside and linked into place, the file is never seen half written, and the first to link it wins. */
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
