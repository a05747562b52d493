import { inject, test } from "vitest"

/** STREAM_RELAY of the servers under test: every row runs on each. */
export const relay = inject("relay")
type Relay = typeof relay

type Row = (name: string, body: () => Promise<void>) => void

/** @returns a row that only that relay promises; on another it is skipped, with a name that says how to run it */
export function promisedBy(which: Relay): Row {
  return (name, body) =>
    relay === which ? test(name, body) : test.skip(`${name} — runs with STREAM_RELAY=${which}`, body)
}
