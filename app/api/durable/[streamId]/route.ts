import { answerLog } from "#lib/durable/answer-log.ts"
import { preflightResponse, withBrowserHeaders } from "#lib/durable/browser-headers.ts"
import { jsonCodec } from "#lib/durable/codec.ts"
import { headStream, readStream } from "#lib/durable/read-stream.ts"
import { longPollMs, type Reading, sseMs } from "#lib/durable/reading.ts"
import { ChatError } from "#lib/errors.ts"
import { attachReader } from "#lib/http/responses/attach-reader.ts"
import { type RouteContext, routes } from "#lib/http/route.ts"
import { streamIdSchema } from "#lib/turns/request/turn-request.ts"

/** The read side of the Durable Streams protocol: an answer's events, for any client of that protocol. */
export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes({
  GET: withBrowserHeaders(async (request, context) => readStream(request, await readingOf(context))),
  HEAD: withBrowserHeaders(async (_request, context) => headStream(await readingOf(context))),
  OPTIONS: withBrowserHeaders(async () => preflightResponse()),
})

/** Checks who asks before anything else of the request: nobody learns whether another user's stream exists. */
async function readingOf({ services, params, requireUser }: RouteContext): Promise<Reading> {
  const user = await requireUser()
  await services.rateLimits.countLookup(user.id)
  const { chat } = services
  if (!chat.relay.keepsLog) throw new ChatError("not_found")
  const id = streamIdSchema.safeParse(params["streamId"])
  if (!id.success) throw new ChatError("stream_not_found")
  const streamId = id.data
  if (!(await chat.repository.streams.findOwn(streamId, user.id))) throw new ChatError("stream_not_found")
  return {
    streamId,
    log: answerLog(chat, streamId),
    codec: jsonCodec,
    attach: () => attachReader(services, user, streamId),
    now: Date.now,
    longPollMs,
    sseMs,
  }
}
