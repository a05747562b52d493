import { type SQL, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { isAwaited } from "#db/deadline.ts"
import type { GrowingSave } from "#lib/chunks/pieces.ts"

/** Appends what is new of a growing answer, in one statement: what is written grows with the answer, not with its square. */
export async function saveGrowing(
  db: Db,
  { streamId, epoch }: { streamId: string; epoch: number },
  { pieces, replaces, isRepeated }: GrowingSave,
): Promise<{ isStopRequested: boolean } | undefined> {
  const isFirst = pieces.some(({ number }) => number === 1)
  const [row] = rowsOf<{ isStopRequested: boolean }>(
    await db.execute(sql`
      with stream as (
        select "streamId", epoch, "messageId", "stopRequestedAt" from "ChatStream"
        where "streamId" = ${streamId}::uuid and epoch = ${epoch} and "endedAt" is null
        -- Locked, so that the end is looked at after a wait: a save that was given up must not come after it.
        for no key update
      ),
      awaited as (select * from stream where ${isAwaited}),
      ${isFirst ? begun : sql.empty()}
      ${replaces === undefined ? sql.empty() : replaced(replaces)}
      appended as (
        insert into "MessagePiece" ("streamId", epoch, number, chunks)
        select "streamId", epoch, (piece->>'number')::integer, piece->'chunks'
        from awaited, jsonb_array_elements(${JSON.stringify(pieces)}::jsonb) as piece
        -- Looking for a conflict is logged, too: only a save that may be stored already does.
        ${isRepeated ? sql`on conflict do nothing` : sql.empty()}
      )
      select "stopRequestedAt" is not null as "isStopRequested" from awaited`),
  )
  return row
}

/** The first save alone changes the message's row. Its parts stay as they are until the end. */
const begun = sql`begun as (
        update "Message" set status = 'STREAMING', "updatedAt" = now() from awaited
        where "Message".id = awaited."messageId" and status = 'SENDING'
      ),`

function replaced(number: number): SQL {
  return sql`replaced as (
        delete from "MessagePiece" as piece using awaited
        where piece."streamId" = awaited."streamId" and piece.epoch = awaited.epoch and piece.number = ${number}
      ),`
}
