/** Stores who owns which file, and whether a message names it. The file store has the bytes. */
import { and, eq, inArray, isNull, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { upload, user } from "#db/schema.ts"
import { type Refusal, refused } from "./refusal.ts"

export interface UploadRow {
  id: string
  filename: string
  mediaType: string
  sizeBytes: number
}

export interface UploadRepository {
  /** Adds a file. @returns false if the user's files would exceed the quota */
  add(file: UploadRow, owner: { userId: string; quotaBytes: number }): Promise<boolean>
  /** Finds files by their ids. Only this user's are returned. */
  find(ids: string[], userId: string): Promise<UploadRow[]>
  /** Removes a file, unless a message names it. @returns refused as "file_in_use" or "file_not_found" */
  removeUnused(id: string, userId: string): Promise<{ kind: "removed" } | Refusal>
  /** Removes files that no message has named for a day, up to `limit`. @returns their ids */
  takeForgotten(limit: number): Promise<string[]>
}

export function uploadRepository(db: Db): UploadRepository {
  const columns = {
    id: upload.id,
    filename: upload.filename,
    mediaType: upload.mediaType,
    sizeBytes: upload.sizeBytes,
  }
  return {
    add: (file, { userId, quotaBytes }) =>
      db.transaction(async (transaction) => {
        // Locked first, so that of two simultaneous uploads the second sees the first.
        await transaction.select({ id: user.id }).from(user).where(eq(user.id, userId)).for("update")
        const [taken] = await transaction
          .select({ bytes: sql<string>`coalesce(sum(${upload.sizeBytes}), 0)` })
          .from(upload)
          .where(eq(upload.userId, userId))
        if (Number(taken?.bytes ?? 0) + file.sizeBytes > quotaBytes) return false
        await transaction.insert(upload).values({ ...file, userId })
        return true
      }),

    async find(ids, userId) {
      if (ids.length === 0) return []
      return db
        .select(columns)
        .from(upload)
        .where(and(inArray(upload.id, ids), eq(upload.userId, userId)))
    },

    async removeUnused(id, userId) {
      const isOwn = and(eq(upload.id, id), eq(upload.userId, userId))
      const removed = await db
        .delete(upload)
        .where(and(isOwn, isNull(upload.usedAt)))
        .returning({ id: upload.id })
      if (removed.length > 0) return { kind: "removed" }
      const left = await db.select({ id: upload.id }).from(upload).where(isOwn)
      return refused(left.length > 0 ? "file_in_use" : "file_not_found")
    },

    async takeForgotten(limit) {
      const rows = rowsOf<{ id: string }>(
        await db.execute(sql`
          delete from "Upload" where id in (
            select id from "Upload" where "usedAt" is null and "createdAt" < now() - interval '1 day'
            limit ${limit} for update skip locked
          ) returning id`),
      )
      return rows.map(({ id }) => id)
    },
  }
}
