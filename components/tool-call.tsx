import { type DynamicToolUIPart, getToolName, type ToolUIPart } from "ai"
import { Fold } from "./fold.tsx"
import { texts } from "./texts.ts"

/** One use of a tool: its name and what became of it in a line, input and output inside. */
export function ToolCall({ part, isLive }: { part: ToolUIPart | DynamicToolUIPart; isLive: boolean }) {
  const outcome = outcomeOf(part, isLive)
  const isRunning = outcome === "running"
  return (
    <Fold
      isRunning={isRunning}
      summary={
        <>
          <span className="shrink-0 text-text">{readableName(part.title ?? getToolName(part))}</span>
          <span className="truncate">{firstText(part.input)}</span>
          <span className={outcome === "failed" ? "shrink-0 text-failed" : outcome === "done" ? "sr-only" : "shrink-0"}>
            {outcomeTexts[outcome]}
          </span>
        </>
      }
    >
      <dl className="grid gap-2">
        <Detail label={texts.toolInput} value={part.input} />
        {part.state === "output-available" && <Detail label={texts.toolOutput} value={part.output} />}
        {part.state === "output-error" && <Detail label={texts.toolError} value={part.errorText} />}
      </dl>
    </Fold>
  )
}

type Outcome = "running" | "done" | "failed"

const outcomeTexts: Record<Outcome, string> = {
  running: `${texts.toolRunning}…`,
  done: texts.toolDone,
  failed: texts.toolFailed,
}

/** A call without an end in an answer that has ended will never have one. */
function outcomeOf(part: ToolUIPart | DynamicToolUIPart, isLive: boolean): Outcome {
  if (part.state === "output-available") return "done"
  return isLive && part.state !== "output-error" && part.state !== "output-denied" ? "running" : "failed"
}

function Detail({ label, value }: { label: string; value: unknown }) {
  if (value === undefined) return null
  return (
    <div>
      <dt className="text-quiet">{label}</dt>
      <dd>
        <pre className="max-h-64 overflow-auto whitespace-pre-wrap break-words rounded-lg bg-soft px-3 py-2 font-mono text-[0.75rem] leading-5">
          {readableValue(value)}
        </pre>
      </dd>
    </div>
  )
}

/** A reader of this row wants to see what came back, not all of it. */
const mostShownChars = 4_000
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours are what it takes away
const terminalCodes = /\u001b\[[\d;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f]/g

function readableValue(value: unknown): string {
  const text = (typeof value === "string" ? value : JSON.stringify(value, undefined, 2)).replace(terminalCodes, "")
  return text.length > mostShownChars ? `${text.slice(0, mostShownChars)}\n${texts.truncated}` : text
}

function readableName(name: string): string {
  const words = name.replace(terminalCodes, "").replace(/[_-]+/g, " ").trim().slice(0, 80)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function firstText(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null) return undefined
  const found = Object.values(input).find((value) => typeof value === "string")
  return typeof found === "string" ? found.replace(terminalCodes, "").slice(0, 200) : undefined
}
