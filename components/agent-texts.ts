/** Texts about agents that run elsewhere: their calls, their plans, and what they ask to be allowed. */
export const agentTexts = {
  ownModel: (agent: string) => `${agent} answers with a model of its own.`,

  asksToRun: (agent: string) => `${agent} wants to run this command:`,
  asksToUse: (agent: string, tool: string) => `${agent} wants to use “${tool}”. This is its input:`,
  asksTerms: "Nothing of this happens until you decide. What you allow, you allow this once.",
  allowOnce: "Allow once",
  decline: "Decline",
  declined: "declined",

  commandWaits: (command: string) => `The answer is waiting for your decision. The agent wants to run: ${command}`,
  command: "Command",
  commandOutput: "Output",
  commandErrors: "Error output",
  noCommandOutput: "No output.",
  noCommandOutputYet: "No output yet.",
  earlierLeftOut: "Earlier output is left out.",
  someLeftOut: "… some output left out …",
  exitCode: (code: number) => `exit code ${code}`,
  unreadableCall: "Unreadable call",

  answerCorrected: "Words that were missing in the answer have been put in.",

  plan: "Plan",
  planDone: (done: number, of: number) => `${done} of ${of} done`,
  planStates: { completed: "done", in_progress: "in progress", pending: "to do" },
  planUrgent: "important",
} as const
