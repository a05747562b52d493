import { inject, test } from "vitest"

/** STREAM_RELAY of the servers under test: every row runs on each. */
export const relay = inject("relay")
type Relay = typeof relay

type Row = (name: string, body: () => Promise<void>) => void

/** @returns a row that is known to fail on that relay: it is expected to, and its name says why */
export function knownOf(which: Relay, why: string): Row {
  return (name, body) => (relay === which ? test.fails(`${name} — not on ${which}: ${why}`, body) : test(name, body))
}

/** @returns a row that only that relay promises; on another it is skipped, and its name says what would run it */
export function promisedBy(which: Relay): Row {
  return (name, body) =>
    relay === which ? test(name, body) : test.skip(`${name} — runs with STREAM_RELAY=${which}`, body)
}
