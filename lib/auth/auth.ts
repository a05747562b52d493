/** Identifies users: guests, and people with an e-mail address and a password. Wraps better-auth. */
import { AsyncLocalStorage } from "node:async_hooks"
import { type BetterAuthOptions, type BetterAuthRateLimitStorage, betterAuth } from "better-auth"
import { drizzleAdapter } from "better-auth/adapters/drizzle"
import { APIError, isAPIError } from "better-auth/api"
import { anonymous } from "better-auth/plugins"
import { and, DrizzleQueryError, gt, inArray, sql } from "drizzle-orm"
import { RateLimiterMemory } from "rate-limiter-flexible"
import { adoptGuest } from "#db/adopt-guest.ts"
import type { Db } from "#db/db.ts"
import { isBusy, isUnavailable } from "#db/failures.ts"
import { account, session, user, verification } from "#db/schema.ts"
import { keptSecret } from "#lib/auth/secret.ts"
import type { Config } from "#lib/config.ts"
import { ChatError } from "#lib/errors.ts"
import { signedCopies } from "./signed-copies.ts"

export interface SessionUser {
  id: string
  isAnonymous: boolean
  name: string
  email: string
}

export interface Session {
  /** undefined if the request carries no valid session */
  user: SessionUser | undefined
  /** identifies the session; must not leave the server */
  token: string | undefined
  /** `Set-Cookie` lines for the response: they renew the signed copy that saves later requests a query */
  setCookies: string[]
}

export interface Auth {
  /**
   * Answers requests below `/api/auth`, including better-auth's own refusals. The caller has checked the origin.
   * @throws ChatError "rate_limited", "db_unavailable", "db_busy", "internal_error"
   */
  answer(request: Request): Promise<Response>
  /**
   * Reads the session from its signed copy for up to a minute, then from the database, where an ended session is gone.
   * @throws ChatError "db_unavailable"
   */
  readSession(headers: Headers): Promise<Session>
  /** Queries which of these sessions are valid now, whatever a signed copy says. */
  listLiveSessions(tokens: string[]): Promise<string[]>
}

export interface AuthOptions {
  db: Db
  config: Pick<Config, "auth" | "dataDir" | "freeCredits" | "rateLimitPerMinute"> & Partial<Pick<Config, "adminEmails">>
  /** called with errors that better-auth would only log */
  onProblem?: (error: unknown) => void
}

export function createAuth(options: AuthOptions): Auth {
  const { url, secret = keptSecret(options.config.dataDir) } = options.config.auth
  const auth = betterAuth(settingsOf(options, secret))
  const copies = signedCopies<Session>({ secret, seconds: signedCopySeconds })
  const isHttps = (headers: Headers) =>
    url?.startsWith("https:") ?? headers.get("x-forwarded-proto")?.split(",")[0]?.trim() === "https"

  return {
    async answer(request) {
      const logged: unknown[] = []
      const response = await loggedErrors
        .run(logged, () => auth.handler(request))
        .catch((error: unknown) => {
          throw isDatabaseDown(error) ? databaseError(error) : error
        })
      const outage = response.ok ? undefined : logged.find(isDatabaseDown)
      if (outage) throw databaseError(outage)
      if (response.status >= 500) throw new ChatError("internal_error", { cause: logged[0] })
      if (response.status === 429)
        throw new ChatError("rate_limited", { retryAfterSeconds: Number(response.headers.get("x-retry-after")) })
      if (isHttps(request.headers)) secureCookies(response.headers)
      return response
    },

    async readSession(headers) {
      const cookies = headers.get("cookie") ?? ""
      const known = copies.find(cookies)
      if (known) return known
      try {
        const { response: found, headers: answered } = await auth.api.getSession({ headers, returnHeaders: true })
        if (isHttps(headers)) secureCookies(answered)
        const session = {
          user: found ? sessionUser(found.user) : undefined,
          token: found?.session.token,
          setCookies: answered.getSetCookie(),
        }
        await copies.keep(cookies, session)
        return session
      } catch (error) {
        // Another request ended the session while this one was about to renew it.
        if (isAPIError(error) && error.statusCode === 401) return { user: undefined, token: undefined, setCookies: [] }
        throw databaseError(error)
      }
    },

    async listLiveSessions(tokens) {
      const live = await options.db
        .select({ token: session.token })
        .from(session)
        .where(and(inArray(session.token, tokens), gt(session.expiresAt, sql`now()`)))
      return live.map(({ token }) => token)
    },
  }
}

/**
 * Collects the errors that better-auth logs during a request. It turns some database failures into refusals, as if
 * there were no such session or the user name were wrong, and only logs the cause.
 */
const loggedErrors = new AsyncLocalStorage<unknown[]>()

function isDatabaseDown(error: unknown): boolean {
  return error instanceof DrizzleQueryError && isUnavailable(error)
}

function databaseError(cause: unknown): ChatError {
  return new ChatError(isBusy(cause) ? "db_busy" : "db_unavailable", { cause })
}

/** A guest's chats are reachable only with this cookie. */
const sessionSeconds = 30 * 24 * 60 * 60
/** How long the signed copy of an ended session may still be accepted. */
const signedCopySeconds = 60

function settingsOf({ db, config, onProblem }: AuthOptions, secret: string) {
  return {
    secret,
    // Never taken from a request: behind Next and proxies it differs from the address that browsers see, and
    // `checkOrigin` has judged that.
    baseURL: new URL(config.auth.url ?? "http://localhost").origin,
    trustedOrigins: config.auth.trustedOrigins,
    database: drizzleAdapter(db, { provider: "pg", schema: { user, session, account, verification } }),
    user: {
      additionalFields: {
        credits: { type: "number", bigint: true, input: false, returned: false, defaultValue: config.freeCredits },
      },
    },
    databaseHooks: {
      user: {
        create: {
          // A sign-up does not prove that the address is the user's, so an admin's address cannot be signed up.
          async before({ email }) {
            if (!config.adminEmails?.includes(email.toLowerCase())) return
            onProblem?.(new Error("ADMIN_EMAILS contains an address without an account: sign up before adding it"))
            throw new APIError("FORBIDDEN", {
              code: "ADDRESS_IS_RESERVED",
              message: "This address cannot be signed up.",
            })
          },
        },
      },
    },
    session: { expiresIn: sessionSeconds, cookieCache: { enabled: true, maxAge: signedCopySeconds } },
    emailAndPassword: { enabled: true, minPasswordLength: 8 },
    plugins: [
      anonymous({
        disableDeleteAnonymousUser: true,
        onLinkAccount: ({ anonymousUser, newUser }) => adoptGuest(db, anonymousUser.user.id, newUser.user.id),
      }),
    ],
    rateLimit: {
      enabled: config.rateLimitPerMinute > 0,
      window: limitSeconds,
      max: 1000,
      // An office shares one address: it has many guests and pages, but few passwords.
      customRules: {
        "/sign-in/anonymous": { window: limitSeconds, max: 300 },
        "/sign-in/*": { window: limitSeconds, max: 10 },
        "/sign-up/*": { window: limitSeconds, max: 10 },
      },
      customStorage: minuteCounter(),
    },
    advanced: {
      // Only a request shows whether the origin is https (see `secureCookies`), but a cookie prefix would have to be
      // chosen here.
      useSecureCookies: false,
      disableCSRFCheck: true,
      database: { joins: true },
    },
    onAPIError: {
      onError(error) {
        if (!isAPIError(error)) throw error
      },
    },
    logger: {
      level: "error",
      log: (_level, _message, ...details) => {
        for (const detail of details) {
          if (!(detail instanceof Error)) continue
          loggedErrors.getStore()?.push(detail)
          onProblem?.(detail.cause ?? detail)
        }
      },
    },
    telemetry: { enabled: false },
  } satisfies BetterAuthOptions
}

const limitSeconds = 60

/**
 * Counts per fixed minute. better-auth's own counter starts a new window only after a pause, so a steady trickle fills
 * it.
 */
function minuteCounter(): BetterAuthRateLimitStorage {
  const counts = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: limitSeconds })
  return {
    async consume(key, { max }) {
      const { consumedPoints, msBeforeNext } = await counts.consume(key)
      const allowed = consumedPoints <= max
      return { allowed, retryAfter: allowed ? null : Math.ceil(msBeforeNext / 1000) }
    },
  }
}

function secureCookies(headers: Headers): void {
  const cookies = headers.getSetCookie()
  headers.delete("set-cookie")
  for (const cookie of cookies) headers.append("set-cookie", `${cookie}; Secure`)
}

function sessionUser(found: { id: string; name: string; email: string; isAnonymous?: boolean | null }): SessionUser {
  return { id: found.id, name: found.name, email: found.email, isAnonymous: found.isAnonymous ?? false }
}
