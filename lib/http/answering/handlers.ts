/** The requests by which an answer begins and is followed, the same behind Next's routes and `door.ts`. */
import { ChatError } from "#lib/errors.ts"
import { followChat } from "#lib/turns/follow.ts"
import { admit } from "../admit.ts"
import { askedTurn } from "../asked-turn.ts"
import { chatIdFromPath, chatIdFromQuery, positionOf, streamIdFromQuery } from "../chat-parameters.ts"
import { answerResponse, nothingToFollow } from "../responses/answer-response.ts"
import { attachReader } from "../responses/attach-reader.ts"
import { attachToBegun, attachToFollowed } from "../responses/attached-answer.ts"
import type { Handler } from "../route.ts"

/**
 * POST /api/chat: begins a generation, or follows the one that the same message, or a stock client's same decision, began
 * before.
 */
export const beginAnswer: Handler = async (request, context) => {
  const { services } = context
  if (services.isDraining) throw new ChatError("shutting_down")
  const { user, body } = await admit(request, context, { as: "post" })
  const idempotencyKey = request.headers.get("idempotency-key")
  const { begin, pick } = askedTurn(services.chat, user.id, { body, idempotencyKey })
  return answerResponse(await attachToBegun(services, user, begin), pick)
}

/** GET /api/chat: follows the running answer of a chat, or else sends the last stored one. */
export const followNewest: Handler = async (request, { services, requireUser }) => {
  const user = await requireUser()
  await services.rateLimits.countLookup(user.id)
  const asked = { chatId: chatIdFromQuery(request), userId: user.id, streamId: streamIdFromQuery(request) }
  const followed = await followChat(services.chat, asked, positionOf(request))
  const attach = (streamId: string) => attachReader(services, user, streamId)
  return answerResponse(await attachToFollowed(services.chat, followed, attach))
}

/**
 * GET /api/chat/:chatId/stream: for stock clients, which have the stored messages when their page opens and ask here for
 * the running answer.
 */
export const followRunning: Handler = async (request, { services, params, requireUser }) => {
  const user = await requireUser()
  await services.rateLimits.countLookup(user.id)
  const asked = { chatId: chatIdFromPath(params), userId: user.id, streamId: streamIdFromQuery(request) }
  const followed = await followChat(services.chat, asked, positionOf(request))
  if (followed.kind === "stored") return nothingToFollow()
  const attach = (streamId: string) => attachReader(services, user, streamId)
  return answerResponse(await attachToFollowed(services.chat, followed, attach))
}
