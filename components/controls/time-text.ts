import { texts } from "../texts.ts"

interface TimeTextOptions {
  /** shows only the time of the day */
  isToday: boolean
  /** default: the time zone of this machine */
  zone?: string
  /** for the time of the day (default: the locale of this machine) */
  locale?: string
}

/** Formats a time of the day in the reader's locale, or a date in the language of the interface. */
export function timeText(at: string, { isToday, zone, locale }: TimeTextOptions): string {
  const format = isToday
    ? new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: zone })
    : new Intl.DateTimeFormat(texts.language, { dateStyle: "medium", timeStyle: "short", timeZone: zone })
  return format.format(new Date(at))
}

/** Tells whether a time is today in UTC, so that server and browser agree. */
export function isWithinDay(at: string): boolean {
  return at.slice(0, 10) === new Date().toISOString().slice(0, 10)
}
