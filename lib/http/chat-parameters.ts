import { chatIdPattern, type EventId, parseEventId } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { streamIdSchema } from "#lib/turns/request/turn-request.ts"

/** Reads the chat's id from the query. @throws ChatError "missing_chat_id", "duplicate_parameter", "invalid_chat_id" */
export function chatIdFromQuery(request: Request): string {
  const chatId = singleParameter(request, "chatId")
  if (chatId === undefined) throw new ChatError("missing_chat_id")
  return checkedChatId(chatId)
}

/** Reads the chat's id from the path. @throws ChatError "invalid_chat_id" */
export function chatIdFromPath(params: Record<string, string | string[] | undefined>): string {
  return checkedChatId(params["chatId"])
}

/**
 * Reads the id of the last event that the reader has: from `after=`, or from the header that a browser's EventSource
 * sends.
 * @throws ChatError "invalid_position", "duplicate_parameter"
 */
export function positionOf(request: Request): EventId | undefined {
  const text = singleParameter(request, "after") ?? request.headers.get("last-event-id")
  return text === null || text === undefined ? undefined : checkedPosition(text)
}

/**
 * Reads the id of the stream that the position is in; undefined: the chat's newest.
 * @throws ChatError "invalid_position", "duplicate_parameter"
 */
export function streamIdFromQuery(request: Request): string | undefined {
  return checkedStreamId(singleParameter(request, "streamId"))
}

/** @throws ChatError "invalid_position" */
export function checkedStreamId(streamId: unknown): string | undefined {
  const parsed = streamIdSchema.optional().safeParse(streamId)
  if (!parsed.success) throw new ChatError("invalid_position")
  return parsed.data
}

/** @throws ChatError "invalid_position" */
export function checkedPosition(text: unknown): EventId {
  if (typeof text !== "string" || !parseEventId(text)) throw new ChatError("invalid_position")
  return text as EventId // just checked
}

/** Reads a parameter that may appear at most once. @throws ChatError "duplicate_parameter" */
export function singleParameter(request: Request, name: string): string | undefined {
  const given = new URL(request.url).searchParams.getAll(name)
  if (given.length > 1) throw new ChatError("duplicate_parameter")
  return given[0]
}

/** Checks an id before any key or query is built from it. @throws ChatError "invalid_chat_id" */
export function checkedChatId(chatId: unknown): string {
  if (typeof chatId !== "string" || !chatIdPattern.test(chatId)) throw new ChatError("invalid_chat_id")
  return chatId.toLowerCase()
}
