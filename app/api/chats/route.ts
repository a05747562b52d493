import { ChatError } from "#lib/errors.ts"
import { singleParameter } from "#lib/http/chat-parameters.ts"
import { routes } from "#lib/http/route.ts"

const chatsPerPage = 50
const maxSearchChars = 200

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Lists the user's chats, the most recently used first; with `search`, only those that contain the text. */
  async GET(request, { services, requireUser }) {
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const cursor = singleParameter(request, "cursor")
    const text = searchIn(request)
    const { chats, nextCursor } =
      text === undefined
        ? await services.chat.repository.chats.list(user.id, chatsPerPage, cursor)
        : await services.chat.repository.chats.search({ userId: user.id, text, limit: chatsPerPage, cursor })
    const running = chats.map(({ isRunning, ...chat }) => ({ ...chat, running: isRunning }))
    return Response.json(
      { chats: running, nextCursor: nextCursor ?? null },
      { headers: { "cache-control": "no-store" } },
    )
  },
})

/** @returns undefined if there is no search */
function searchIn(request: Request): string | undefined {
  const text = singleParameter(request, "search")?.trim()
  if (!text) return undefined
  if (text.includes("\0")) throw new ChatError("invalid_text")
  if (text.length > maxSearchChars)
    throw new ChatError("invalid_request", { details: [{ path: "search", problem: "too_long" }] })
  return text
}
