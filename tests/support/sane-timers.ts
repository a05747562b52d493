/**
 * Fails the run where a timer gets a delay that none can hold: Node fires it at once, so what should wait for a month
 * never waits, and what sets it again and again keeps a core busy.
 */
process.on("warning", (warning) => {
  if (/^Timeout(Overflow|NaN)Warning$/.test(warning.name)) throw warning
})
