import { routes } from "#lib/http/route.ts"

const chargesPerPage = 100

export const { GET, POST, PUT, PATCH, DELETE } = routes({
  /** The tokens this user has left (null: no limit), and what each answer took of them, the newest first. */
  async GET(request, { services, requireUser }) {
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const cursor = new URL(request.url).searchParams.get("cursor") ?? undefined
    const [credits, { charges, nextCursor }] = await Promise.all([
      services.charges.creditsOf(user.id),
      services.charges.listCharges(user.id, chargesPerPage, cursor),
    ])
    const isLimited = services.config.freeCredits > 0
    return Response.json(
      { credits: isLimited ? credits : null, charges, nextCursor: nextCursor ?? null },
      { headers: { "cache-control": "no-store" } },
    )
  },
})
