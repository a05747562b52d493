import { randomUUID } from "node:crypto"
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import path from "node:path"
import type { FileStore } from "./file-store.ts"

/** Stores files in a folder. Several servers need the same folder: mount it, or use S3. */
export function localFileStore(folder: string): FileStore {
  const pathOf = (id: string) => path.join(folder, path.basename(id))
  return {
    name: "local",

    async put(id, bytes) {
      await mkdir(folder, { recursive: true })
      const unfinished = `${pathOf(id)}.${randomUUID()}.unfinished`
      try {
        // Flushed before it gets its name: otherwise a crash could leave the name without its bytes.
        await writeFile(unfinished, bytes, { flush: true, mode: 0o600 })
        await rename(unfinished, pathOf(id))
      } catch (error) {
        await rm(unfinished, { force: true })
        throw error
      }
    },

    async get(id) {
      try {
        return new Uint8Array(await readFile(pathOf(id)))
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
        throw error
      }
    },

    delete: (id) => rm(pathOf(id), { force: true }),
  }
}
