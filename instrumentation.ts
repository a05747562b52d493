/**
 * Runs once when a server starts, so that a wrong environment is reported at once rather than at the first request.
 * Slower steps are not awaited, so that the server can say that it is starting.
 */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return
  const { getServices } = await import("#lib/services.ts")
  globalThis.acceptRejoinSocket = async (handshake) => {
    const { acceptSocket } = await import("#lib/sockets/accept-socket.ts")
    await acceptSocket(handshake)
  }
  globalThis.serveRejoinAnswer = async (request, response) => {
    const { serveAnswer } = await import("#lib/http/answering/door.ts")
    await serveAnswer(request, response)
  }
  const { endFailedStart } = await import("#lib/log/failed-start.ts")
  // Without services it could answer no request, so it exits with the reason.
  getServices().catch((error: unknown) => endFailedStart(error, { isForeseen: true }))
}
