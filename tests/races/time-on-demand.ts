import { beforeEach, vi } from "vitest"

/**
 * What processes do at intervals happens when a test lets time pass. Their deadlines are real (`setTimeout`): a test that
 * lets minutes pass in a millisecond leaves a real database or store the time that it needs.
 */
export function timeOnDemand(): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }))
}
