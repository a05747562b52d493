import { setTimeout as wait } from "node:timers/promises"
import type { Asker } from "#lib/auth/session.ts"
import { type EventId, endsStream } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { askedTurn } from "#lib/http/asked-turn.ts"
import { checkedChatId, checkedPosition, checkedStreamId } from "#lib/http/chat-parameters.ts"
import { jsonLimits } from "#lib/http/json-body.ts"
import { knownError } from "#lib/http/known-error.ts"
import { attachReader } from "#lib/http/responses/attach-reader.ts"
import { type AttachedAnswer, attachToBegun, attachToFollowed } from "#lib/http/responses/attached-answer.ts"
import { eventsFor, type PickChunks } from "#lib/http/responses/event-stream.ts"
import { caughtUp } from "#lib/relay/relay.ts"
import type { Services } from "#lib/services.ts"
import { followChat } from "#lib/turns/follow.ts"
import { startsOver, unbrokenItems } from "#lib/turns/unbroken-items.ts"
import { idempotencyKeyOf, postBodyOf, type ResumeFrame, type SendFrame } from "./client-frame.ts"
import { errorFrame, type ServerFrame } from "./server-frame.ts"

export interface RequestContext {
  services: Services
  user: Asker
  send(frame: ServerFrame): void
  /** Waits until the socket takes more. @returns undefined if it does now */
  untilWritable(): Promise<void> | undefined
  /** Closes the socket in the way that makes clients connect again and resume. */
  reconnect(): void
  /** aborts when the client has left this request, or the socket is closed */
  leaving: AbortSignal
}

const takeoverPatienceMs = 5_000

interface Found {
  answer: AttachedAnswer | undefined
  pick?: PickChunks | undefined
  /** the last event that the client has */
  position?: EventId | undefined
}

/** Serves one request of a socket, up to its last frame. It never throws: a refusal is a frame, too. */
export async function serveRequest(frame: SendFrame | ResumeFrame, context: RequestContext): Promise<void> {
  const { requestId } = frame
  try {
    const found = frame.type === "send" ? await begin(frame, context) : await follow(frame, context)
    if (!found.answer) return context.send({ type: "no-active", requestId })
    const outcome = await sendAnswer(frame, { ...found, answer: found.answer }, context)
    if (outcome !== "cut-off" || context.leaving.aborted) return
    const { isDraining } = context.services
    if (frame.caughtUp) throw new ChatError(isDraining ? "shutting_down" : "stream_reset")
    // An error would end a stock client's chat for good. Drained sockets are closed in any case.
    if (isDraining) return
    if (!(await isResumable(found.answer.streamId, context))) throw new ChatError("stream_reset")
    context.reconnect()
  } catch (error) {
    context.send(errorFrame(requestId, knownError(error, requestId, context.services.logger)))
  }
}

/** Tells whether a stock client that resumes gets this answer: one that runs, or that a takeover may have cut it off from. */
async function isResumable(streamId: string, { services }: RequestContext): Promise<boolean> {
  const row = await services.chat.repository.streams.find(streamId)
  return row !== undefined && (row.isRunning ? services.chat.config.isResumable : row.epoch > 1)
}

/** The same as POST /api/chat. */
async function begin(frame: SendFrame, { services, user }: RequestContext): Promise<Found> {
  if (services.isDraining) throw new ChatError("shutting_down")
  await services.rateLimits.countPost(user.id)
  const body = postBodyOf(frame)
  checkSize(body)
  const asked = askedTurn(services.chat, user.id, { body, idempotencyKey: idempotencyKeyOf(frame) })
  return { answer: await attachToBegun(services, user, asked.begin), pick: asked.pick }
}

/** Applies the limit of a POST to what is read of a frame: of a stock client's chat, that is the last question. */
function checkSize({ messages, ...fields }: Record<string, unknown>): void {
  const question = Array.isArray(messages) ? messages.findLast((message) => message?.role === "user") : messages
  if (Buffer.byteLength(JSON.stringify([fields, question])) > jsonLimits.maxBytes) throw new ChatError("body_too_large")
}

/** The same as GET /api/chat, or as GET /api/chat/:chatId/stream for a client that has what is stored. */
async function follow(frame: ResumeFrame, context: RequestContext): Promise<Found> {
  const { services, user, leaving } = context
  await services.rateLimits.countLookup(user.id)
  const chatId = checkedChatId(frame.id)
  const position = frame.after === undefined ? undefined : checkedPosition(frame.after)
  const who = { chatId, userId: user.id, streamId: checkedStreamId(frame.streamId) }
  let followed = await followChat(services.chat, who, position)
  // A stock client cannot change from the stored message to the stream, so it waits for one that a takeover brings.
  const deadlineMs = performance.now() + (frame.caughtUp ? 0 : takeoverPatienceMs)
  while (followed.kind === "growing" && services.chat.relay.isReachable && performance.now() < deadlineMs) {
    await wait(250)
    if (leaving.aborted) return { answer: undefined }
    followed = await followChat(services.chat, who, position)
  }
  if (followed.kind === "stored" && !frame.stored && !(await isResumable(followed.streamId, context)))
    return { answer: undefined }
  const attach = (streamId: string) => attachReader(services, user, streamId)
  return { answer: await attachToFollowed(services.chat, followed, attach), position }
}

/** @returns "cut-off" if the answer's last chunk is missing */
async function sendAnswer(
  { requestId, caughtUp: isOwnClient }: SendFrame | ResumeFrame,
  { answer, position, pick }: Found & { answer: AttachedAnswer },
  { services, send, untilWritable, leaving }: RequestContext,
): Promise<"ended" | "cut-off"> {
  const { streamId, resume, reader } = answer
  let sequence = 0
  try {
    send({ type: "start", requestId, streamId, resume })
    for await (const item of unbrokenItems(services, { ...answer, position }, leaving)) {
      // Its client has more than the stream that would follow, and nothing in the AI SDK's stream takes words back.
      if (item === startsOver) return "cut-off"
      if (item === caughtUp) {
        if (isOwnClient) send({ type: "caught-up", requestId })
        continue
      }
      for (const { chunk, id } of eventsFor(item, pick))
        send({ type: "chunk", requestId, sequence: sequence++, chunk, id })
      if (endsStream(item.chunk)) {
        send({ type: "end", requestId })
        return "ended"
      }
      const writable = untilWritable()
      // Each turn of the event loop that is not waited for is one less for each reader and event.
      if (writable) await writable
    }
    return "cut-off"
  } finally {
    reader.leave()
  }
}
