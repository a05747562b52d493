"use client"

import { useSyncExternalStore } from "react"
import { texts } from "../texts.ts"
import { timeText } from "./time-text.ts"

/**
 * A time in the reader's own zone, which only the browser knows: the server's is replaced without a word of complaint.
 * @param isToday the hour alone says when
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
