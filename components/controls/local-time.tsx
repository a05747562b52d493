"use client"

import { useSyncExternalStore } from "react"
import { texts } from "../texts.ts"

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
  // A time of the day as the reader writes it; a date in the language of the words around it.
  const locale = useSyncExternalStore(
    () => () => undefined,
    () => Intl.DateTimeFormat().resolvedOptions().locale,
    () => texts.language,
  )
  if (isToday) {
    const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: zone })
    return <time dateTime={at}>{clock.format(new Date(at))}</time>
  }
  const format = new Intl.DateTimeFormat(texts.language, { dateStyle: "medium", timeStyle: "short", timeZone: zone })
  return <time dateTime={at}>{format.format(new Date(at))}</time>
}
