"use client"

import { useSyncExternalStore } from "react"
import { texts } from "../texts.ts"

/** A time in the reader's own zone, which only the browser knows: the server's is replaced without a word of complaint. */
export function LocalTime({ at }: { at: string }) {
  const zone = useSyncExternalStore(
    () => () => undefined,
    () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    () => "UTC",
  )
  const format = new Intl.DateTimeFormat(texts.language, { dateStyle: "medium", timeStyle: "short", timeZone: zone })
  return <time dateTime={at}>{format.format(new Date(at))}</time>
}
