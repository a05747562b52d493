import { type DynamicToolUIPart, getToolName, type ToolUIPart } from "ai"
import { tookMsOf, type UserDecision } from "#lib/chat-protocol.ts"
import { beginningOf } from "#lib/text.ts"
import { Fold } from "../controls/fold.tsx"
import { texts } from "../texts.ts"
import { Approval } from "./approval.tsx"
import { ToolDetail, ToolValue, withoutTerminalCodes } from "./tool-value.tsx"

interface ToolCallProps {
  part: ToolUIPart | DynamicToolUIPart
  isLive: boolean
  /** undefined if the user cannot decide now */
  onDecide: ((decision: UserDecision) => void) | undefined
}

/** Shows a tool call: name and outcome in one line, input and output inside, or the question whether it may run. */
export function ToolCall({ part, isLive, onDecide }: ToolCallProps) {
  const name = readableName(part.title ?? getToolName(part))
  if (part.state === "approval-requested" && onDecide) {
    const { id: approvalId } = part.approval
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
  return (
    <Fold
      isRunning={isRunning}
      summary={
        <>
          <span className="shrink-0 text-text">{name}</span>
          {/* First shows the progress, then the input in the same place, so that nothing moves. */}
          <span className="truncate">
            {isRunning ? (progressIn(part) ?? outcomeTexts.running) : firstText(part.input)}
          </span>
          {!isRunning && (
            <span
              className={outcome === "failed" ? "shrink-0 text-failed" : outcome === "done" ? "sr-only" : "shrink-0"}
            >
              {outcomeTexts[outcome]}
            </span>
          )}
          {tookMs !== undefined && tookMs >= shortestShownMs && (
            <span className="shrink-0">{texts.duration(tookMs)}</span>
          )}
        </>
      }
    >
      <dl className="grid gap-2">
        <ToolDetail label={texts.toolInput} value={part.input} />
        {part.state === "output-available" && <ToolDetail label={texts.toolOutput} value={part.output} />}
        {part.state === "output-error" && <ToolDetail label={texts.toolError} value={part.errorText} />}
      </dl>
    </Fold>
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
function outcomeOf(part: ToolUIPart | DynamicToolUIPart, isLive: boolean): Outcome {
  if (part.state === "output-available" && !part.preliminary) return "done"
  if (part.state === "output-denied") return "denied"
  if (part.state === "approval-requested" && !isLive) return "undecided"
  return isLive && part.state !== "output-error" ? "running" : "failed"
}

/** @returns the progress that a running tool reports */
function progressIn({ output }: ToolCallProps["part"]): string | undefined {
  if (typeof output !== "object" || output === null || !("progress" in output)) return undefined
  return typeof output.progress === "string" ? `${beginningOf(withoutTerminalCodes(output.progress), 80)}…` : undefined
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
