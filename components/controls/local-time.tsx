"use client"

import { useSyncExternalStore } from "react"
import { texts } from "../texts.ts"
import { timeText } from "./time-text.ts"

/**
 * Shows a time in the reader's time zone. Only the browser knows that, so it replaces the server's text after hydration.
 * @param isToday shows only the time of the day
 */
export function LocalTime({ at, isToday = false }: { at: string; isToday?: boolean }) {
  const zone = useSyncExternalStore(
    () => () => undefined,
    () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    () => "UTC",
  )
  const locale = useSyncExternalStore(
    () => () => undefined,
    () => Intl.DateTimeFormat().resolvedOptions().locale,
    () => texts.language,
  )
  return <time dateTime={at}>{timeText(at, { isToday, zone, locale })}</time>
}
