import { singleParameter } from "#lib/http/chat-parameters.ts"
import { routes } from "#lib/http/route.ts"
import { readUsage } from "#lib/usage.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Returns the user's remaining credits (null: no limit), and the cost of each answer, newest first. */
  async GET(request, { services, requireUser }) {
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const cursor = singleParameter(request, "cursor")
    const { credits, answers, nextCursor } = await readUsage(services, user.id, cursor)
    return Response.json({ credits, charges: answers, nextCursor }, { headers: { "cache-control": "no-store" } })
  },
})
