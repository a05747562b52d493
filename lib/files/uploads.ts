/** Files that users put in, to be named by messages as `/api/files/<id>`. */
import { randomUUID } from "node:crypto"
import type { UploadRepository, UploadRow } from "#db/repository/upload-repository.ts"
import { ChatError } from "#lib/errors.ts"
import type { FileStore } from "./file-store.ts"
import { knownFile } from "./media-type.ts"

export interface NewFile {
  bytes: Uint8Array<ArrayBuffer>
  /** as the user's computer names and types it: shown, never trusted */
  filename: string
  declaredType: string
}

export interface Uploads {
  /** @throws ChatError "empty_file", "unsupported_file_type", "unreadable_text", "file_quota_exceeded", "files_unavailable" */
  add(userId: string, file: NewFile): Promise<UploadRow>
  /** @returns those of these that are this user's */
  find(ids: string[], userId: string): Promise<UploadRow[]>
  /** @throws ChatError "file_not_found", also where it is another user's, "files_unavailable" */
  open(id: string, userId: string): Promise<UploadRow & { bytes: Uint8Array<ArrayBuffer> }>
  /** For a prompt, where the message says whose it is. @returns undefined where it is gone @throws what the store threw */
  read(id: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Before it is sent. @throws ChatError "file_not_found", "file_in_use" */
  remove(id: string, userId: string): Promise<void>
  /** Removes what no message names, a day after it came. */
  sweep(): Promise<void>
}

export interface UploadsOptions {
  repository: UploadRepository
  store: FileStore
  /** all files of one user together */
  quotaBytes: number
  onProblem: (error: unknown) => void
}

const sweptAtOnce = 100
const maxNameChars = 200

export function uploads({ repository, store, quotaBytes, onProblem }: UploadsOptions): Uploads {
  /** The row is gone: bytes that stay are lost room, and nobody's. */
  const deleteBytes = (id: string) => store.delete(id).catch(onProblem)

  return {
    async add(userId, { bytes: given, filename, declaredType }) {
      if (given.byteLength === 0) throw new ChatError("empty_file")
      const { mediaType, bytes } = await knownFile(given, declaredType)
      const file = { id: randomUUID(), filename: plainName(filename), mediaType, sizeBytes: bytes.byteLength }
      // The row first: what a crash leaves behind is then found by the sweeper.
      if (!(await repository.add(file, { userId, quotaBytes }))) throw new ChatError("file_quota_exceeded")
      try {
        await store.put(file.id, bytes)
      } catch (cause) {
        await repository.removeUnused(file.id, userId)
        throw new ChatError("files_unavailable", { cause })
      }
      return file
    },

    find: (ids, userId) => repository.find(ids, userId),

    async open(id, userId) {
      const [file] = await repository.find([id], userId)
      if (!file) throw new ChatError("file_not_found")
      const bytes = await store.get(id).catch((cause: unknown) => {
        throw new ChatError("files_unavailable", { cause })
      })
      if (!bytes) throw new ChatError("file_not_found")
      return { ...file, bytes }
    },

    read: (id) => store.get(id),

    async remove(id, userId) {
      const outcome = await repository.removeUnused(id, userId)
      if (outcome === "not-found") throw new ChatError("file_not_found")
      if (outcome === "used") throw new ChatError("file_in_use")
      await deleteBytes(id)
    },

    async sweep() {
      let ids: string[]
      do {
        ids = await repository.takeForgotten(sweptAtOnce)
        await Promise.all(ids.map(deleteBytes))
      } while (ids.length === sweptAtOnce)
    },
  }
}

/** For people to recognise it by: without folders, and without what is not to be seen. */
function plainName(filename: string): string {
  const last = filename.split(/[/\\]/).at(-1) ?? ""
  return (
    last
      .toWellFormed()
      .replace(/[\p{Cc}\p{Cf}]/gu, "")
      .trim()
      .slice(0, maxNameChars)
      .toWellFormed() || "file"
  )
}
