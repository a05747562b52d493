/** What holds for each file of tests, though it shares its process with others. */
import { afterAll, vi } from "vitest"

// Our modules are its own, with what they remember and what it replaces of them; those of `node_modules` are shared.
vi.resetModules()

/**
 * Fails the run where a timer gets a delay that none can hold: Node fires it at once, so what should wait for a month
 * never waits, and what sets it again and again keeps a core busy.
 */
function failOnNoDelay(warning: Error): void {
  if (/^Timeout(Overflow|NaN)Warning$/.test(warning.name)) throw warning
}
process.on("warning", failOnNoDelay)
// The next file of this process listens for itself.
afterAll(() => void process.off("warning", failOnNoDelay))
