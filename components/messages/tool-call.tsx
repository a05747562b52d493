import { getToolName } from "ai"
import { tookMsOf, type UserDecision } from "#lib/chat-protocol.ts"
import { beginningOf } from "#lib/text.ts"
import { Fold } from "../controls/fold.tsx"
import { texts } from "../texts.ts"
import { AgentApproval } from "./agent/agent-approval.tsx"
import { agentTitleOf, commandOf, commandResultOf, fieldOf, isAgentCall, type ToolPart } from "./agent/agent-call.ts"
import { CommandOutput } from "./agent/command-output.tsx"
import { Plan, planLine, planOf } from "./agent/plan.tsx"
import { Approval } from "./approval.tsx"
import { ToolDetail, ToolValue, withoutTerminalCodes } from "./tool-value.tsx"

interface ToolCallProps {
  part: ToolPart
  isLive: boolean
  agentName: string
  /** undefined if the user cannot decide now */
  onDecide: ((decision: UserDecision) => void) | undefined
}

/** Shows a tool call: name and outcome in one line, input and output inside, or the question whether it may run. */
export function ToolCall({ part, isLive, agentName, onDecide }: ToolCallProps) {
  const name = nameOf(part)
  if (part.state === "approval-requested" && onDecide) {
    const { id: approvalId } = part.approval
    if (isAgentCall(part)) return <AgentApproval {...{ part, approvalId, agentName, name, onDecide }} />
    return (
      <Approval
        question={texts.toolAsks(name)}
        input={<ToolValue value={part.input} />}
        onDecide={(approved) => onDecide({ approvalId, approved })}
      />
    )
  }
  const outcome = outcomeOf(part, isLive)
  const isRunning = outcome === "running"
  const tookMs = tookMsOf(part)
  const plan = planOf(part)
  if (plan)
    return (
      <Fold isRunning={isRunning} summary={<Row name={texts.plan} about={planLine(plan)} />}>
        <Plan entries={plan} />
      </Fold>
    )
  return (
    <Fold
      isRunning={isRunning}
      summary={
        <>
          <Row name={name} about={aboutOf(part, isRunning)} />
          {!(isRunning && commandOf(part) === undefined) && (
            <span
              className={
                outcome === "failed" ? "shrink-0 text-failed" : outcome === "done" || isRunning ? "sr-only" : "shrink-0"
              }
            >
              {outcomeText(part, outcome)}
            </span>
          )}
          {tookMs !== undefined && tookMs >= shortestShownMs && (
            <span className="shrink-0">{texts.duration(tookMs)}</span>
          )}
        </>
      }
    >
      <Details part={part} outcome={outcome} />
    </Fold>
  )
}

function Row({ name, about }: { name: string; about: string | undefined }) {
  return (
    <>
      <span className="shrink-0 text-text">{name}</span>
      <span className="truncate">{about}</span>
    </>
  )
}

function Details({ part, outcome }: { part: ToolPart; outcome: Outcome }) {
  const command = commandOf(part)
  const isDenied = outcome === "denied"
  if (command !== undefined)
    return (
      <CommandOutput
        command={withoutTerminalCodes(command)}
        // What a denied call returns is written for the model.
        result={isDenied ? undefined : commandResultOf(part)}
        isRunning={outcome === "running"}
      />
    )
  return (
    <dl className="grid gap-2">
      <ToolDetail label={texts.toolInput} value={part.input} />
      {part.state === "output-available" && <ToolDetail label={texts.toolOutput} value={part.output} />}
      {part.state === "output-error" && !isDenied && <ToolDetail label={texts.toolError} value={part.errorText} />}
    </dl>
  )
}

/** Faster calls show no duration. */
const shortestShownMs = 100

type Outcome = "running" | "done" | "failed" | "denied" | "undecided"

const outcomeTexts: Record<Outcome, string> = {
  running: `${texts.toolRunning}…`,
  done: texts.toolDone,
  failed: texts.toolFailed,
  denied: texts.toolDenied,
  undecided: texts.toolUndecided,
}

/** A call that has no result when its answer has ended counts as failed. */
function outcomeOf(part: ToolPart, isLive: boolean): Outcome {
  if (part.state === "output-denied" || part.approval?.approved === false) return "denied"
  if (part.state === "output-available" && !part.preliminary)
    return commandOf(part) !== undefined && (commandResultOf(part)?.exitCode ?? 0) !== 0 ? "failed" : "done"
  if (part.state === "approval-requested" && !isLive) return "undecided"
  return isLive && part.state !== "output-error" ? "running" : "failed"
}

function outcomeText(part: ToolPart, outcome: Outcome): string {
  if (outcome === "denied" && isAgentCall(part)) return texts.declined
  const exitCode = commandOf(part) === undefined ? undefined : commandResultOf(part)?.exitCode
  return outcome === "failed" && exitCode ? `${texts.toolFailed}, ${texts.exitCode(exitCode)}` : outcomeTexts[outcome]
}

/** Returns what stands beside the name: a command, or first the progress and then the input, so that nothing moves. */
function aboutOf(part: ToolPart, isRunning: boolean): string | undefined {
  if (isRunning && commandOf(part) === undefined) return progressIn(part) ?? outcomeTexts.running
  const path = isAgentCall(part) ? fieldOf(part.input, "path") : undefined
  return firstText(path === undefined ? part.input : { path })
}

/** @returns the progress that a running tool reports */
function progressIn({ output }: ToolPart): string | undefined {
  const progress = fieldOf(output, "progress")
  return typeof progress === "string" ? `${beginningOf(withoutTerminalCodes(progress), 80)}…` : undefined
}

function nameOf(part: ToolPart): string {
  if (!isAgentCall(part)) return readableName(part.title ?? getToolName(part))
  const title = agentTitleOf(part) ?? part.toolName
  // Goose 1.50 has no other name for a call that it could not read, or of a tool that does not exist.
  return title === "error" || part.toolName === "unknown" ? texts.unreadableCall : readableName(title)
}

function readableName(name: string): string {
  const words = beginningOf(withoutTerminalCodes(name).replace(/[_-]+/g, " ").trim(), 80)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function firstText(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null) return undefined
  const found = Object.values(input).find((value) => typeof value === "string")
  return typeof found === "string" ? beginningOf(withoutTerminalCodes(found), 200) : undefined
}
