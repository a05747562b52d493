/**
 * All errors that a person or a program can meet, with one code for each thing they can do about it. Codes are part of
 * the wire (`docs/protocol.md`); messages say what happened, what is safe and what to do.
 */
interface ErrorKind {
  status: number
  message: string
  /** true if the same request may succeed later */
  retryable?: boolean
}

export const errorKinds = {
  unauthenticated: { status: 401, message: "You are not signed in. Sign in, or continue as a guest." },
  session_invalid: { status: 401, message: "Your session is no longer valid. Sign in again; your chats are safe." },
  origin_not_allowed: { status: 403, message: "This request came from another site and was refused." },
  quota_exceeded: { status: 402, message: "Your credits are used up. Your chats stay readable." },
  chat_not_found: { status: 404, message: "There is no such chat." },
  stream_not_found: { status: 404, message: "There is no such stream in this chat." },
  message_not_found: { status: 404, message: "There is no such message in this chat." },
  message_not_editable: { status: 400, message: "Only your own messages can be edited." },
  agent_not_found: { status: 404, message: "There is no such agent." },
  file_not_found: { status: 404, message: "There is no such file." },
  not_found: { status: 404, message: "There is nothing at this address." },
  method_not_allowed: { status: 405, message: "This address does not take that method." },
  upgrade_required: { status: 426, message: "There is no WebSocket at this address. Send an ordinary request." },
  request_timeout: { status: 408, message: "The request took too long to arrive. Send it again.", retryable: true },
  generation_running: {
    status: 409,
    message: "An answer is still being written in this chat. Wait for it or stop it first.",
    retryable: true,
  },
  chat_gone_on: { status: 409, message: "This chat was continued after you deleted it, so it was kept." },
  message_id_conflict: { status: 409, message: "A message with this id exists already, with other content." },
  idempotency_mismatch: {
    status: 422,
    message: "This Idempotency-Key belongs to another request. Take a new key for a new request.",
  },
  nothing_to_continue: {
    status: 409,
    message: "Only an answer that broke off can be continued.",
  },
  approval_invalid: {
    status: 409,
    message: "There is nothing left to decide here. Reload to see what happened.",
  },
  stream_mismatch: { status: 409, message: "Another answer is running in this chat now; it was not stopped." },
  file_in_use: { status: 409, message: "This file is part of a message. It is deleted together with the chat." },
  file_too_large: { status: 413, message: "A file can be at most 10 MB." },
  file_quota_exceeded: {
    status: 413,
    message: "Your storage for files is full. Delete chats whose files you no longer need.",
  },
  body_too_large: { status: 413, message: "The request is too large." },
  message_too_long: { status: 413, message: "The message is too long. Shorten it or attach it as a file." },
  unsupported_media_type: { status: 415, message: "Send the request as application/json." },
  unsupported_file_type: {
    status: 415,
    message: "Only pictures (PNG, JPEG, WebP, GIF), PDF and text files can be attached.",
  },
  unreadable_text: {
    status: 415,
    message: "Some characters of this text file cannot be read. Save it as UTF-8, and attach it again.",
  },
  unsupported_encoding: { status: 415, message: "Send the request without content encoding." },
  invalid_chat_id: { status: 400, message: "A chat id must be a UUID." },
  invalid_cursor: { status: 400, message: "The cursor must be the nextCursor of a list." },
  invalid_title: { status: 400, message: "A title must have 1 to 100 characters." },
  missing_chat_id: { status: 400, message: "The parameter chatId is missing." },
  duplicate_parameter: { status: 400, message: "A parameter was given twice." },
  invalid_position: { status: 400, message: "A position must be an event id such as 1-42." },
  invalid_offset: { status: 400, message: "An offset must be one that a response named, or -1, or now." },
  missing_offset: { status: 400, message: "A live read needs the parameter offset. Begin with -1." },
  invalid_json: { status: 400, message: "The request is not valid JSON." },
  invalid_encoding: { status: 400, message: "The request is not valid UTF-8." },
  invalid_text: { status: 400, message: "The text contains characters that cannot be stored." },
  invalid_request: { status: 400, message: "The request does not have the expected shape." },
  unknown_field: { status: 400, message: "The request has an unknown field." },
  empty_message: { status: 400, message: "The message is empty." },
  too_many_parts: { status: 400, message: "The message has too many parts, or the request has too many messages." },
  role_not_allowed: { status: 400, message: "Only user messages can be sent." },
  part_not_allowed: { status: 400, message: "The message has a part of a kind that cannot be sent." },
  url_not_allowed: {
    status: 400,
    message: "A file must have been uploaded here, or be an image or a document in a data URL.",
  },
  empty_file: { status: 400, message: "The file is empty." },
  model_not_allowed: { status: 400, message: "This model is not available." },
  rate_limited: {
    status: 429,
    message: "Too many requests in a short time. Wait a moment and send it again.",
    retryable: true,
  },
  too_many_streams: {
    status: 429,
    message: "Too many answers are being written for you at once. Wait for one to finish.",
    retryable: true,
  },
  too_many_connections: {
    status: 429,
    message: "Too many open connections. Close a tab and reload.",
    retryable: true,
  },
  offset_gone: {
    status: 410,
    message: "The stream does not continue from this offset. Drop what you have read, and read again from offset -1.",
  },
  stream_unavailable: {
    status: 503,
    message: "This answer is being written, but cannot be read at the moment. Try again in a moment.",
    retryable: true,
  },
  db_unavailable: {
    status: 503,
    message: "The service cannot reach its database. Nothing was sent; try again in a moment.",
    retryable: true,
  },
  db_busy: {
    status: 503,
    message: "The service is overloaded. Nothing was sent; try again in a moment.",
    retryable: true,
  },
  files_unavailable: {
    status: 503,
    message: "Files cannot be stored or read at the moment. Try again in a moment.",
    retryable: true,
  },
  invalid_frame: { status: 400, message: "The socket got a frame that is none of its protocol, and is closed." },
  duplicate_id: { status: 409, message: "A request with this requestId is still running on this socket." },
  too_many_subscriptions: {
    status: 429,
    message: "Too many requests are running on this socket. Wait for one to end, or open another socket.",
    retryable: true,
  },
  stream_reset: {
    status: 409,
    message: "The rest of this answer could not be sent on from here. Reload to see all of it.",
    retryable: true,
  },
  starting: { status: 503, message: "This server is starting. Try again in a moment.", retryable: true },
  shutting_down: { status: 503, message: "This server is restarting. Try again in a moment.", retryable: true },
  internal_error: {
    status: 500,
    message: "Something went wrong on our side. What was stored is safe; try again.",
    retryable: true,
  },

  /**
   * These end an answer. They are sent inside the stream, so the status belongs to the answer rather than to a
   * response. They do not say that the text so far is kept, because the interface knows whether there is any.
   */
  provider_rate_limited: {
    status: 429,
    message: "The model's provider is busy. Try again in a moment.",
    retryable: true,
  },
  provider_unavailable: {
    status: 502,
    message: "The model's provider did not answer. Try again.",
    retryable: true,
  },
  provider_timeout: {
    status: 504,
    message: "The model stopped sending. Try again.",
    retryable: true,
  },
  provider_truncated: {
    status: 502,
    message: "The answer broke off before its end. Try again.",
    retryable: true,
  },
  provider_bad_response: {
    status: 502,
    message: "The model's provider sent something unreadable. Try again.",
    retryable: true,
  },
  provider_only_thought: {
    status: 502,
    message: "The model thought but did not answer. Its thoughts are kept; retry, or rephrase your question.",
    retryable: true,
  },
  provider_refused: {
    status: 502,
    message:
      "The model's provider refused this request, and trying again will not help. Start a new chat, choose another model, or contact the operator of this service.",
  },
  agent_unavailable: {
    status: 503,
    message: "The agent cannot be reached or does not take questions now. Try again later.",
    retryable: true,
  },
  agent_disconnected: {
    status: 502,
    message: "The connection to the agent was lost, and its work ended with it. Continue to have it go on.",
    retryable: true,
  },
  agent_reported_error: {
    status: 502,
    message: "The agent met an error and could not finish. Try again.",
    retryable: true,
  },
  too_many_tool_calls: {
    status: 502,
    message: "The model called more tools than an answer may. Try again, or ask for less at once.",
    retryable: true,
  },
  tool_timeout: { status: 504, message: "The tool took too long and was stopped." },
  tool_output_too_large: { status: 502, message: "The tool returned more than an answer can hold. Ask for less." },
  storage_unavailable: {
    status: 503,
    message: "This answer could not be stored yet. It will appear in the chat as soon as possible.",
    retryable: true,
  },
  chat_deleted: { status: 410, message: "This chat was deleted." },
  interrupted: {
    status: 503,
    message: "The server that was writing this answer stopped. Try again for a new answer.",
    retryable: true,
  },
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof errorKinds

export interface ErrorDetail {
  /** path in the request, such as `message.parts[0].text` */
  path: string
  problem: string
}

interface ChatErrorOptions {
  cause?: unknown
  /** a more specific message than the table's */
  message?: string
  details?: ErrorDetail[]
  /** the running stream, with `generation_running` and `stream_mismatch` */
  streamId?: string
  retryAfterSeconds?: number
  /** additional response headers, such as `allow` or a cleared cookie */
  headers?: HeadersInit
}

export class ChatError extends Error {
  override readonly name = "ChatError"
  readonly code: ErrorCode
  readonly details: ErrorDetail[] | undefined
  readonly streamId: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly headers: HeadersInit | undefined

  constructor(code: ErrorCode, options: ChatErrorOptions = {}) {
    super(options.message ?? errorKinds[code].message, { cause: options.cause })
    this.code = code
    this.details = options.details
    this.streamId = options.streamId
    this.retryAfterSeconds = options.retryAfterSeconds
    this.headers = options.headers
  }

  /**
   * Recognises errors by name: Next has several module graphs in one process, so the class may differ from the
   * thrower's.
   */
  static override [Symbol.hasInstance](value: unknown): value is ChatError {
    return value instanceof Error && value.name === "ChatError"
  }

  get kind(): ErrorKind {
    return errorKinds[this.code]
  }
}

/** Recognises an error of a database that was out of reach or overloaded; the same call can succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  return error instanceof ChatError && (error.code === "db_unavailable" || error.code === "db_busy")
}
