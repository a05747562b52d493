/** Manages users' uploads, which messages name as `/api/files/<id>`. */
import { randomUUID } from "node:crypto"
import type { UploadRepository, UploadRow } from "#db/repository/upload-repository.ts"
import { ChatError } from "#lib/errors.ts"
import type { FileStore } from "./file-store.ts"
import { checkedFile } from "./media-type.ts"

export interface NewFile {
  bytes: Uint8Array<ArrayBuffer>
  /** as the user's computer reports them: shown, never trusted */
  filename: string
  declaredType: string
}

export interface Uploads {
  /**
   * Stores a file. @throws ChatError "empty_file", "unsupported_file_type", "unreadable_text", "file_quota_exceeded",
   * "files_unavailable"
   */
  add(userId: string, file: NewFile): Promise<UploadRow>
  /** Finds the files among these ids that belong to the user. */
  find(ids: string[], userId: string): Promise<UploadRow[]>
  /** Reads a user's file. @throws ChatError "file_not_found", also for another user's file, "files_unavailable" */
  open(id: string, userId: string): Promise<UploadRow & { bytes: Uint8Array<ArrayBuffer> }>
  /**
   * Reads a file for a prompt, whose message has been checked for its owner. @returns undefined if it is gone. @throws
   * the store's error
   */
  read(id: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Removes a file that no message names yet. @throws ChatError "file_not_found", "file_in_use" */
  remove(id: string, userId: string): Promise<void>
  /** Removes files that no message names, one day after their upload. */
  sweep(): Promise<void>
}

export interface UploadsOptions {
  repository: UploadRepository
  store: FileStore
  /** limit of all of a user's files together */
  quotaBytes: number
  onProblem: (error: unknown) => void
}

const sweepBatchSize = 100
const maxNameChars = 200

export function uploads({ repository, store, quotaBytes, onProblem }: UploadsOptions): Uploads {
  /** A failure to delete wastes space, but without a row the bytes are unreachable. */
  const deleteBytes = (id: string) => store.delete(id).catch(onProblem)

  return {
    async add(userId, { bytes: given, filename, declaredType }) {
      if (given.byteLength === 0) throw new ChatError("empty_file")
      const { mediaType, bytes } = await checkedFile(given, declaredType)
      const file = { id: randomUUID(), filename: plainName(filename), mediaType, sizeBytes: bytes.byteLength }
      // The row comes first, so that the sweep finds what a crash leaves behind.
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
      if (outcome.kind === "refused") throw new ChatError(outcome.code)
      await deleteBytes(id)
    },

    async sweep() {
      let ids: string[]
      do {
        ids = await repository.takeForgotten(sweepBatchSize)
        await Promise.all(ids.map(deleteBytes))
      } while (ids.length === sweepBatchSize)
    },
  }
}

/** Cleans a file name for display: no folders, no invisible characters. */
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
