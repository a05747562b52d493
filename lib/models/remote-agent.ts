import type { LanguageModelV4 } from "@ai-sdk/provider"
import type { UIMessageChunk } from "ai"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"

/** An agent that runs elsewhere and goes on writing while no process of ours listens. */
export interface RemoteAgent {
  /** Prepares the answer of one generation. Nothing is sent before its model is asked. */
  answer(generation: { chatId: string; streamId: string; epoch: number }): RemoteAnswer
  /** Ends what still runs or waits for a decision in a chat, except for this stream's run. Never rejects. */
  endRuns(chatId: string, exceptStreamId?: string): Promise<void>
  close(): Promise<void>
}

export interface RemoteAnswer {
  modelId: string
  model: LanguageModelV4
  /**
   * Called before the model is asked if an earlier generation left something of this answer and its run is to be
   * joined: the producer died, or the user has decided on the waiting calls. Decisions are in the parts.
   */
  join(parts: ChatMessagePart[]): void
  /**
   * Compares the whole answer with what the agent has stored, once its run is over.
   * @returns chunks that replace the answer, `reset-step` first; none if readers have seen what the agent stored
   */
  corrections(parts: ChatMessagePart[]): Promise<UIMessageChunk[]>
}
