import { ChatError } from "#lib/errors.ts"

/** Where a platform keeps what it offers to the current request, as `@vercel/functions` 3.9.9 reads it. */
const contextKey = Symbol.for("@vercel/request-context")

interface PlatformContext {
  get?: () => { upgradeWebSocket?: unknown } | undefined
}

/**
 * Checks that a request to a route is a handshake, and that the platform can open its socket.
 * @throws ChatError "upgrade_required"
 */
export function expectPlatformUpgrade({ headers }: Request): void {
  if (headers.get("upgrade")?.toLowerCase() === "websocket" && canUpgrade()) return
  throw new ChatError("upgrade_required", { headers: { upgrade: "websocket" } })
}

function canUpgrade(): boolean {
  const context: PlatformContext | undefined = Reflect.get(globalThis, contextKey)
  return typeof context?.get?.()?.upgradeWebSocket === "function"
}
