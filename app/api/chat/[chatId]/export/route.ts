import { ChatError } from "#lib/errors.ts"
import { contentDisposition, exportFile, exportFormats } from "#lib/export/chat-export.ts"
import { chatIdFromPath } from "#lib/http/chat-parameters.ts"
import { routes } from "#lib/http/route.ts"
import { findShownAgent } from "#lib/turns/agents.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  /** Exports the selected branch as a file: `format=markdown` for reading, `format=json` with all details. */
  async GET(request, { services, params, requireUser }) {
    const user = await requireUser()
    await services.rateLimits.countLookup(user.id)
    const format = formatIn(request)
    const chatId = chatIdFromPath(params)
    const { repository } = services.chat
    const [chat, messages] = await Promise.all([
      repository.chats.find(chatId, user.id),
      repository.messages.list(chatId, user.id),
    ])
    if (!chat || !messages) throw new ChatError("chat_not_found")
    const agentName = findShownAgent(chat.agent, services.chat)?.name ?? chat.agent
    const { origin } = new URL(services.config.auth.url ?? request.url)
    const file = exportFile({ ...chat, chatId, agentName, messages, exportedAt: new Date(), origin }, format)
    return new Response(file.content, {
      headers: {
        "content-type": file.mediaType,
        "content-disposition": contentDisposition(file.name),
        "cache-control": "no-store",
      },
    })
  },
})

function formatIn(request: Request) {
  const given = new URL(request.url).searchParams.getAll("format")
  if (given.length > 1) throw new ChatError("duplicate_parameter")
  const parsed = exportFormats.safeParse(given[0])
  if (parsed.success) return parsed.data
  throw new ChatError("invalid_request", { details: [{ path: "format", problem: "is markdown or json" }] })
}
