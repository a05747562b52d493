import type { UserDecision } from "#lib/chat-protocol.ts"
import { texts } from "../../texts.ts"
import { Approval } from "../approval.tsx"
import { WholeValue } from "../tool-value.tsx"
import { commandOf, type ToolPart } from "./agent-call.ts"
import { CommandLine } from "./command-output.tsx"
import { visibleText } from "./visible-text.ts"

interface AgentApprovalProps {
  part: ToolPart
  approvalId: string
  agentName: string
  /** the name of the tool, for people */
  name: string
  onDecide(decision: UserDecision): void
}

/** Asks whether an agent may do something on its own machine, once. Everything that it would do is readable. */
export function AgentApproval({ part, approvalId, agentName, name, onDecide }: AgentApprovalProps) {
  const command = commandOf(part)
  return (
    <Approval
      question={command === undefined ? texts.asksToUse(agentName, name) : texts.asksToRun(agentName)}
      terms={texts.asksTerms}
      labels={{ approve: texts.allowOnce, deny: texts.decline }}
      input={command === undefined ? <WholeValue value={part.input} /> : <CommandLine command={visibleText(command)} />}
      onDecide={(approved) => onDecide({ approvalId, approved })}
    />
  )
}
