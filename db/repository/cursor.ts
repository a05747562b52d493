import { chatIdPattern } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"

/** The last row of a page, in a list that goes from the newest to the oldest. */
export interface Cursor {
  at: Date
  id: string
}

export function cursorOf({ at, id }: Cursor): string {
  return `${at.toISOString()}_${id}`
}

/** @throws ChatError "invalid_cursor" where it is not what `cursorOf` makes of a date that Postgres knows, too */
export function parseCursor(cursor: string): Cursor {
  const [time = "", id = "", ...more] = cursor.split("_")
  const at = new Date(time)
  const isDate = isoPattern.test(time) && !Number.isNaN(at.getTime()) && at.toISOString() === time
  if (!isDate || !chatIdPattern.test(id) || more.length > 0) throw new ChatError("invalid_cursor")
  return { at, id }
}

/** Of the years 1 to 9999. */
const isoPattern = /^(?!0000)\d{4}-.*Z$/
