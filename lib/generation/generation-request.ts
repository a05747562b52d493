/** What a generation needs: its services, and the turn that it answers. */
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import type { HistoryMessage } from "#db/repository/history.ts"
import type { FinalStatus } from "#lib/chat-protocol.ts"
import type { RemoteAnswer } from "#lib/models/remote-agent.ts"
import type { AnswerRequest } from "./answer.ts"
import type { Beginning } from "./beginning.ts"

export interface GenerationServices {
  repository: ChatRepository
  saveEveryChars: number
  onProblem: (error: unknown, streamId: string) => void
  /** how long readers wait for an end that cannot be stored before they are told of the delay (default 60 s) */
  storageMs?: number
}

export interface GenerationRequest {
  streamId: string
  /** rises when another process takes the stream over */
  epoch: number
  /** the placeholder that this generation fills */
  messageId: string
  modelId: string
  /** Returns the question and everything before it, as it fits into the prompt. Never rejects. */
  history: (stopSignal: AbortSignal) => Promise<HistoryMessage[]>
  answer: Omit<AnswerRequest, "stopSignal" | "messages" | "joined">
  /** set if the model is an agent that runs elsewhere */
  remote?: { agent: RemoteAnswer; endRuns(): Promise<void> } | undefined
  beginning: Beginning
  /** called when the end is durable, and only if this producer stored it */
  onStored?: (status: FinalStatus) => void
}
