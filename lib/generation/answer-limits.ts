/** How far an answer may go, whatever its model or its tools would like. */
export interface AnswerLimits {
  /** for all of it, tools included */
  totalMs: number
  /** model calls in one answer: the first, and one after each round of tools */
  steps: number
  /** characters of text, reasoning and tool input: beyond them the answer is cut and says so */
  answerChars: number
  toolCalls: number
  /** for one tool call */
  toolMs: number
  /** characters of one tool call's output, as JSON */
  toolOutputChars: number
}

export const answerLimits: AnswerLimits = {
  totalMs: 15 * 60_000,
  steps: 8,
  // A long novel: far beyond what models say in one go, and still read, sent and stored within a second.
  answerChars: 1_000_000,
  toolCalls: 64,
  toolMs: 30_000,
  toolOutputChars: 100_000,
}
