import { routes } from "#lib/http/route.ts"

const chatsPerPage = 50

export const { GET, POST, PUT, PATCH, DELETE } = routes({
  /** The user's chats, the one with the newest turn first. */
  async GET(request, { services, requireUser }) {
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const cursor = new URL(request.url).searchParams.get("cursor") ?? undefined
    const { chats, nextCursor } = await services.chat.chats.listChats(user.id, chatsPerPage, cursor)
    const running = chats.map(({ isRunning, ...chat }) => ({ ...chat, running: isRunning }))
    return Response.json(
      { chats: running, nextCursor: nextCursor ?? null },
      { headers: { "cache-control": "no-store" } },
    )
  },
})
