import type { AttachedAnswer } from "./attached-answer.ts"
import { eventStreamResponse, type PickChunks } from "./event-stream.ts"

/** Sends an answer as an event stream, or 204 if there is nothing to follow. */
export function answerResponse(answer: AttachedAnswer | undefined, pick?: PickChunks): Response {
  if (!answer) return nothingToFollow()
  const { streamId, resume, items, reader } = answer
  const headers = { "x-stream-id": streamId, ...(resume && { "x-resume": resume }) }
  return eventStreamResponse(items, { headers, reader, pick })
}

/** Answers 204: a stock client shows any other status as an error on a new chat's page. */
export function nothingToFollow(): Response {
  return new Response(null, { status: 204, headers: { "cache-control": "no-store" } })
}
