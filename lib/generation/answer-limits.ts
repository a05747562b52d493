/** Limits that hold for every answer, whatever its model or its tools try. */
export interface AnswerLimits {
  /** for the whole answer, tools included */
  totalMs: number
  /** model calls in one answer: the first, and one after each round of tools */
  steps: number
  /** characters of text, reasoning and tool input; a longer answer is cut and says so */
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
  // As long as a novel: far more than models write at once, and still read, sent and stored within a second.
  answerChars: 1_000_000,
  toolCalls: 64,
  toolMs: 30_000,
  toolOutputChars: 100_000,
}

/**
 * Limits for an agent that runs elsewhere, which works where others answer: one command may be silent for many
 * minutes. Shorter than the hour after which no turn counts as just ended (`db/repository/turns/running-turns.ts`).
 */
export const remoteAnswerLimits: AnswerLimits = { ...answerLimits, totalMs: 55 * 60_000, toolCalls: 1_000 }
