/** Runs before each test file, which shares its process with others. */
import { afterAll, afterEach, vi } from "vitest"

// Our modules are loaded for each file, with their state and their mocks; those of `node_modules` are shared.
vi.resetModules()

// A clock that a test leaves behind would stop those of all files after it. A spy on one goes first: it would put the
// clock back.
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})
// A stub would deceive the first hooks of the next file: a stubbed `fetch` finds servers ready that have not started.
afterAll(() => void vi.unstubAllGlobals())

/**
 * Fails the run when a timer gets a delay too long for Node, which fires it at once: code that should wait a month
 * never waits, and code that sets such a timer repeatedly keeps a core busy.
 */
function failOnNoDelay(warning: Error): void {
  if (/^Timeout(Overflow|NaN)Warning$/.test(warning.name)) throw warning
}
process.on("warning", failOnNoDelay)
// The next file of this process listens for itself.
afterAll(() => void process.off("warning", failOnNoDelay))
