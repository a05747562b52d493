/** Runs once when a server starts: a wrong environment is told at once, not at the first request. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return
  const { getServices } = await import("#lib/services.ts")
  await getServices()
}
