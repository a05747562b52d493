import { chatIdPattern } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"

/** The last row of a page, in a list from the newest to the oldest. */
export interface Cursor {
  at: Date
  id: string
}

export function cursorOf({ at, id }: Cursor): string {
  return `${at.toISOString()}_${id}`
}

/** Parses a cursor. @throws ChatError "invalid_cursor" unless `cursorOf` made it, of a date that Postgres can hold */
export function parseCursor(cursor: string): Cursor {
  const [time = "", id = "", ...more] = cursor.split("_")
  const at = new Date(time)
  const isDate = isoPattern.test(time) && !Number.isNaN(at.getTime()) && at.toISOString() === time
  if (!isDate || !chatIdPattern.test(id) || more.length > 0) throw new ChatError("invalid_cursor")
  return { at, id }
}

/** Matches dates of the years 1 to 9999. */
const isoPattern = /^(?!0000)\d{4}-.*Z$/
