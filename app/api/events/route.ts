import { attachReader } from "#lib/http/responses/attach-reader.ts"
import { userEventsResponse } from "#lib/http/responses/user-events-response.ts"
import { routes } from "#lib/http/route.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Sends the user's running answers, then all further events of their chats, to other tabs and devices. */
  async GET(_request, { services, requireUser }) {
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const reader = attachReader(services, user)
    try {
      return userEventsResponse(await services.chat.events.subscribe(user.id), reader)
    } catch (error) {
      reader.leave()
      throw error
    }
  },
})
