import { problemTexts } from "./problem-texts.ts"

/** An error the server told us about, or one on the way to it, with its sentence for people. */
export class ChatProblem extends Error {
  override readonly name = "ChatProblem"
  readonly code: string
  readonly isRetryable: boolean
  /** the running stream, with `generation_running` */
  readonly streamId: string | undefined

  constructor(code: string, message: string, details: { isRetryable?: boolean; streamId?: string | undefined } = {}) {
    super(message)
    this.code = code
    this.isRetryable = details.isRetryable ?? true
    this.streamId = details.streamId
  }
}

/** @returns what a refused request's body says; a body that is not ours becomes a general sentence */
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

/** The stream cannot be continued where it broke off: its reader begins again with what the server has. */
export class StreamReset extends Error {
  override readonly name = "StreamReset"
}

/**
 * Connections open and nothing comes: they are dead, or a proxy keeps back what is said. The answer goes on; whoever
 * reads it takes the stored text until a stream is to be had again.
 */
export class StreamSilent extends Error {
  override readonly name = "StreamSilent"
}

export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined
}
