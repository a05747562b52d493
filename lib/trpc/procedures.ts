/** The two kinds of procedures. Both check in the fixed order: session, rate, body, and then their input. */
import { randomUUID } from "node:crypto"
import { initTRPC } from "@trpc/server"
import { ChatError } from "#lib/errors.ts"
import type { RateLimits } from "#lib/limits/rate-limits.ts"
import type { TrpcContext } from "./context.ts"
import { chatErrorOf, errorShape } from "./error-shape.ts"

/** Below the 30 s after which proxies cut a silent connection. */
const pingEveryMs = 10_000
/** After this silence a client takes its connection for dead and opens another. */
const silenceMs = 20_000

const trpc = initTRPC.context<TrpcContext>().create({
  errorFormatter: ({ error, ctx }) => errorShape(chatErrorOf(error), ctx?.requestId ?? randomUUID()),
  sse: {
    ping: { enabled: true, intervalMs: pingEveryMs },
    client: { reconnectAfterInactivityMs: silenceMs },
  },
})

export const { router } = trpc

/** For everything that begins no answer. */
export const lookupProcedure = admitted((rateLimits, userId) => rateLimits.countLookup(userId))

/** For everything that begins an answer. */
export const postProcedure = trpc.procedure
  .use(({ ctx, next }) => {
    if (ctx.services.isDraining) throw new ChatError("shutting_down")
    return next()
  })
  .concat(admitted((rateLimits, userId) => rateLimits.countPost(userId)))

function admitted(count: (rateLimits: RateLimits, userId: string) => Promise<void>) {
  return trpc.procedure.use(async ({ ctx, next }) => {
    const user = await ctx.requireUser()
    await count(ctx.services.rateLimits, user.id)
    await ctx.expectReadable()
    return next({ ctx: { user } })
  })
}
