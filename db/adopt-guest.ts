import { sql } from "drizzle-orm"
import type { Db } from "./db.ts"

/**
 * Moves a guest's chats, files and charges to the user that the guest has become, and ends the guest's sessions.
 * Charges are deducted from the user's credits too, so that signing in does not restore credits that the guest has
 * used. The guest's row stays, without credits: an answer may still be written in its name, and its charge refers to
 * it.
 */
export async function adoptGuest(db: Db, guestId: string, userId: string): Promise<void> {
  await db.execute(sql`
    with chats as (update "Chat" set "userId" = ${userId} where "userId" = ${guestId}),
    uploads as (update "Upload" set "userId" = ${userId} where "userId" = ${guestId}),
    charges as (update "Charge" set "userId" = ${userId} where "userId" = ${guestId} returning credits),
    sessions as (delete from "Session" where "userId" = ${guestId})
    update "User" set credits = case id
      when ${guestId} then 0
      else credits - (select coalesce(sum(credits), 0) from charges)::bigint
    end
    where id in (${guestId}, ${userId})`)
}
