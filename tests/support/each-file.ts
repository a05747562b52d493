/** Runs before each test file, which shares its process with others. */
import { afterAll, afterEach, vi } from "vitest"

// Our modules are loaded for each file, with their state and their mocks; those of `node_modules` are shared.
vi.resetModules()

// A clock or a stub that a test leaves behind would deceive the hooks of the next file: a stubbed `fetch` finds servers
// ready that have not started. A spy on a clock goes first: it would put the clock back.
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

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
