import { sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/client.ts"

/** Files that only this chat named count as unused from now on: the sweeper takes them. */
export async function deleteChat(db: Db, chatId: string, userId: string): Promise<boolean> {
  const rows = rowsOf<{ id: string }>(
    await db.execute(sql`
      with gone as (
        delete from "Chat" where id = ${chatId}::uuid and "userId" = ${userId} returning id
      ),
      named as (
        select distinct part->>'url' as url from gone
        join "Message" on "chatId" = gone.id, jsonb_array_elements(parts) as part
        where role = 'user' and part->>'type' = 'file'
      ),
      freed as (
        update "Upload" set "usedAt" = null from named
        where '/api/files/' || "Upload".id = named.url and "Upload"."userId" = ${userId} and not exists (
          select from "Message" join "Chat" on "Chat".id = "Message"."chatId"
          where "Chat"."userId" = ${userId} and "Chat".id <> ${chatId}::uuid
            and parts @> jsonb_build_array(jsonb_build_object('type', 'file', 'url', named.url))
        )
      )
      select id from gone`),
  )
  return rows.length > 0
}
