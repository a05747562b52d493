import { beforeEach, vi } from "vitest"

/** What processes do at intervals happens when a test lets time pass. */
export function timeOnDemand(): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }))
}
