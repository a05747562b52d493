/** Turns as the repository receives them, for tests of stored data. */
import { randomUUID } from "node:crypto"
import type { Db } from "#db/db.ts"
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import type { NewTurn } from "#db/repository/turns/turn.ts"
import { user } from "#db/schema.ts"
import type { StoredChunk } from "#lib/chunks/pieces.ts"

export interface TurnOptions {
  chatId?: string
  messageId?: string
  /** the user's message it is put in the place of */
  replaces?: string
  text?: string
  needsCredits?: boolean
}

export function turn(userId: string, options: TurnOptions = {}): NewTurn {
  const message = { id: options.messageId ?? randomUUID(), parts: [text(options.text ?? "hello")] }
  return {
    userId,
    chatId: options.chatId ?? randomUUID(),
    streamId: randomUUID(),
    agent: "assistant",
    title: "hello",
    asks: { kind: "submit", message, replaces: options.replaces },
    answer: { id: randomUUID(), metadata: { model: "test" } },
    leaseMs: 10_000,
    maxStreams: undefined,
    needsCredits: options.needsCredits ?? false,
  }
}

export function regenerate(userId: string, chatId: string, messageId: string | undefined): NewTurn {
  return { ...turn(userId, { chatId }), asks: { kind: "regenerate", messageId } }
}

export function continueTurn(userId: string, chatId: string, messageId?: string): NewTurn {
  return { ...turn(userId, { chatId }), asks: { kind: "continue", messageId } }
}

export function askedId(asked: NewTurn): string {
  return asked.asks.kind === "submit" ? asked.asks.message.id : ""
}

export function text(words: string) {
  return { type: "text" as const, text: words }
}

export function endOf(running: NewTurn) {
  const usage = { inputTokens: 10, outputTokens: 20, cachedInputTokens: 0, reasoningTokens: 0, estimated: false }
  return {
    streamId: running.streamId,
    epoch: 1,
    status: "COMPLETE" as const,
    parts: [text("done")],
    metadata: { model: "test" },
    sources: [],
    lastEventId: "1-7" as const,
    charge: { model: "test", usage },
  }
}

export function finish(repository: ChatRepository, running: NewTurn): Promise<boolean> {
  return repository.streams.end(endOf(running))
}

/**
 * Appends text to a growing answer, as one save of its producer.
 * @param piece its number (default 1), the producer's epoch (default 1), and whether it was tried before (default false)
 */
export function grow(
  { streams }: Pick<ChatRepository, "streams">,
  { streamId }: Pick<NewTurn, "streamId">,
  words: string,
  { number = 1, epoch = 1, isRepeated = false } = {},
): Promise<{ isStopRequested: boolean } | undefined> {
  const chunks: StoredChunk[] = number === 1 ? [{ type: "text-start", id: "t" }, words] : [words]
  return streams.saveGrowing(streamId, epoch, { pieces: [{ number, chunks }], replaces: undefined, isRepeated })
}

/** The part of a growing answer's text. */
export function growing(words: string) {
  return { type: "text" as const, text: words, state: "streaming" as const }
}

export async function newUser(db: Db): Promise<string> {
  const id = randomUUID()
  await db.insert(user).values({ id, name: "Guest", email: `${id}@example.com`, credits: 1000 })
  return id
}
