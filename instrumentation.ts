/**
 * Runs once when a server starts: a wrong environment is told at once, not at the first request. What takes longer is not
 * waited for, so that the server can say meanwhile that it starts.
 */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return
  const { getServices } = await import("#lib/services.ts")
  const { endFailedStart } = await import("#lib/log/failed-start.ts")
  // It could answer nothing. Whoever started it is to see why, and to start it again.
  getServices().catch((error: unknown) => endFailedStart(error, { isForeseen: true }))
}
