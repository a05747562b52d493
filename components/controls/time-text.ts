import { texts } from "../texts.ts"

interface TimeTextOptions {
  /** the hour alone says when */
  isToday: boolean
  /** default: where this runs */
  zone?: string
  /** of a time of the day (default: where this runs) */
  locale?: string
}

/** @returns a time of the day as its reader writes it, or a date in the language of the words around it */
export function timeText(at: string, { isToday, zone, locale }: TimeTextOptions): string {
  const format = isToday
    ? new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: zone })
    : new Intl.DateTimeFormat(texts.language, { dateStyle: "medium", timeStyle: "short", timeZone: zone })
  return format.format(new Date(at))
}

/** By the day of Greenwich, so that server and browser say the same. */
export function isWithinDay(at: string): boolean {
  return at.slice(0, 10) === new Date().toISOString().slice(0, 10)
}
