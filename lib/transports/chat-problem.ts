import { problemTexts } from "./problem-texts.ts"

/** An error that the server reported, or that occurred on the way to it, with a sentence for people. */
export class ChatProblem extends Error {
  override readonly name = "ChatProblem"
  readonly code: string
  readonly isRetryable: boolean
  /** the running stream; set with the code `generation_running` */
  readonly streamId: string | undefined

  constructor(code: string, message: string, details: { isRetryable?: boolean; streamId?: string | undefined } = {}) {
    super(message)
    this.code = code
    this.isRetryable = details.isRetryable ?? true
    this.streamId = details.streamId
  }
}

/** Recognises that there is no session, or none any more. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ChatProblem && ["unauthenticated", "session_invalid"].includes(error.code)
}

/** Reads the problem from a refused request's body. A body that is not ours becomes a general sentence. */
export async function problemOf(response: Response): Promise<ChatProblem> {
  const body: unknown = await response.json().catch(() => undefined)
  const error = fieldOf(body, "error")
  const code = fieldOf(error, "code")
  const message = fieldOf(error, "message")
  if (typeof code !== "string" || typeof message !== "string")
    return new ChatProblem("internal_error", problemTexts.unreadable)
  const streamId = fieldOf(error, "streamId")
  return new ChatProblem(code, message, {
    isRetryable: fieldOf(error, "retryable") === true,
    streamId: typeof streamId === "string" ? streamId : undefined,
  })
}

/** The stream cannot be continued from where it broke off, so its reader must start again from the beginning. */
export class StreamReset extends Error {
  override readonly name = "StreamReset"
}

/**
 * Connections open but stay silent: they are dead, or a proxy buffers everything. The answer is still being written, so
 * its reader polls the stored text until a stream works again.
 */
export class StreamSilent extends Error {
  override readonly name = "StreamSilent"
}

export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined
}
