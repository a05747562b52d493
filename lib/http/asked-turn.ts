import { type Begun, beginGeneration } from "#lib/turns/begin.ts"
import type { ChatServices } from "#lib/turns/chat-services.ts"
import { decideApproval } from "#lib/turns/decide.ts"
import { parseTurnRequest } from "#lib/turns/request/turn-request.ts"
import { unseenChunks } from "#lib/turns/request/unseen-chunks.ts"
import { namedRequest } from "./named-request.ts"
import type { PickChunks } from "./responses/event-stream.ts"

export interface AskedTurn {
  /** Begins the turn, or finds what the same message, or a stock client's same decision, began before. */
  begin(): Promise<Begun>
  /** what the client gets of the answer; undefined: all of it */
  pick: PickChunks | undefined
}

interface Asked {
  body: unknown
  /** the header `Idempotency-Key` */
  idempotencyKey: string | null
}

/** Reads what a POST asks for, the same for every way in. @throws ChatError if the body is refused */
export function askedTurn(services: ChatServices, userId: string, { body, idempotencyKey }: Asked): AskedTurn {
  const turn = parseTurnRequest(body)
  const { asks, chatId } = turn
  if (asks.kind === "decide") {
    const begin = () => decideApproval(services, { chatId, userId }, asks)
    return { begin, pick: asks.shown && unseenChunks(asks.shown) }
  }
  const named = namedRequest(idempotencyKey, userId, turn)
  return { begin: () => beginGeneration(services, userId, { ...turn, named }), pick: undefined }
}
