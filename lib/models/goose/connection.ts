/** A connection to Goose: it carries messages, and knows nothing of what they mean. */
import type { AcpMessage } from "./shapes.ts"

export interface Connection {
  /** by which another process opens it again, if it is durable */
  readonly id: string
  /** true if the run behind it outlives its readers */
  readonly isDurable: boolean
  /** how often messages may have been lost: each time its streams were opened again */
  readonly reopened: number
  /** Opens what brings a session's messages; does nothing if it is open already. */
  join(sessionId: string): Promise<void>
  /** Sends a message. @throws ConnectionGone if Goose does not know the connection any more */
  send(message: AcpMessage, sessionId?: string): Promise<void>
  /** Stops listening and leaves the run alone. */
  leave(): void
  /** Ends the connection and what runs in it. Never rejects. */
  close(): Promise<void>
}

/** How a connection hands over what arrives. */
export interface Receiver {
  /** @returns once it can take more */
  message(message: AcpMessage): Promise<void>
  /** The connection is gone for good. Not called after `leave` or `close`. */
  gone(error: Error): void
}

/** Goose was reached and does not know the connection, or is gone. Its runs are lost. */
export class ConnectionGone extends Error {
  override readonly name = "ConnectionGone"
}

/** Goose cannot be reached, or refuses to be spoken to. Nothing was begun. */
export class Unreachable extends Error {
  override readonly name = "Unreachable"
}
