/** Wraps every route: a method table, an id for each request, and errors as `docs/protocol.md` describes them. */
import { randomUUID } from "node:crypto"
import { type Asker, requireUser } from "#lib/auth/session.ts"
import { ChatError } from "#lib/errors.ts"
import { getServices, type Services } from "#lib/services.ts"
import { knownError } from "./known-error.ts"
import { refusedOriginLog } from "./refused-origins.ts"
import { errorResponse } from "./responses/error-response.ts"
import { startingHoldMs, startingRefusal } from "./starting.ts"

/**
 * All methods that Next knows. Next itself answers the ones that a route does not export: OPTIONS without our methods,
 * and HEAD by running GET, which on a stream would occupy a reader's slot.
 */
export const methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] as const
export type Method = (typeof methods)[number]

export interface RouteContext {
  services: Services
  requestId: string
  /** from the URL; checked by the handler */
  params: Record<string, string | string[] | undefined>
  /**
   * Returns the signed-in user; the response then renews the session. @throws ChatError "unauthenticated",
   * "session_invalid"
   */
  requireUser(): Promise<Asker>
}

export type Handler = (request: Request, context: RouteContext) => Promise<Response>
type NextHandler = (request: Request, next: { params: Promise<RouteContext["params"]> }) => Promise<Response>

const logRefusedOrigin = refusedOriginLog()

/** Uses one handler for all methods, as an argument for `routes`. */
export function forEachMethod(handler: Handler): Record<Method, Handler> {
  return Object.fromEntries(methods.map((method) => [method, handler])) as Record<Method, Handler>
}

/**
 * Builds the handlers of a route; methods that are not given answer 405.
 * @param refusal writes an error in the form of this route's clients
 */
export function routes(
  handlers: Partial<Record<Method, Handler>>,
  refusal: typeof errorResponse = errorResponse,
): Record<Method, NextHandler> {
  const allow = Object.keys(handlers).join(", ")
  const refuse: Handler = async () => {
    throw new ChatError("method_not_allowed", { headers: { allow } })
  }
  const entries = methods.map((method) => [method, withErrorResponse(handlers[method] ?? refuse, refusal)])
  return Object.fromEntries(entries) as Record<Method, NextHandler>
}

function withErrorResponse(handler: Handler, refusal: typeof errorResponse): NextHandler {
  return async (request, next) => {
    const requestId = randomUUID()
    const services = await startedServices()
    if (!services) return refusal(startingRefusal(), requestId)
    let setCookies: string[] = []
    const authenticate = async () => {
      const asker = await requireUser(services.auth, request.headers)
      setCookies = asker.setCookies
      return asker
    }
    try {
      const params = await next.params
      const response = await handler(request, { services, requestId, params, requireUser: authenticate })
      for (const cookie of setCookies) response.headers.append("set-cookie", cookie)
      return response
    } catch (error) {
      const known = knownError(error, requestId, services.logger)
      logRefusedOrigin(known, services.logger)
      return refusal(known, requestId)
    }
  }
}

/** Waits for the services. @returns undefined if they are not ready in time */
async function startedServices(): Promise<Services | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), startingHoldMs)
  })
  return Promise.race([getServices(), late]).finally(() => clearTimeout(timer))
}
