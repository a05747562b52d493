import { Check, Circle, CircleDot, type LucideIcon } from "lucide-react"
import { texts } from "../../texts.ts"
import { fieldOf, isAgentCall, type ToolPart } from "./agent-call.ts"

type State = keyof typeof texts.planStates

export interface PlanEntry {
  content: string
  state: State
  isUrgent: boolean
}

/** Reads an agent's plan. @returns undefined if the call is none */
export function planOf(part: ToolPart): PlanEntry[] | undefined {
  if (!isAgentCall(part) || part.toolName !== "plan") return undefined
  const entries = [part.output, part.input].map(entriesIn).find(({ length }) => length > 0)
  return entries?.map(entryOf)
}

function entriesIn(value: unknown): unknown[] {
  const entries = fieldOf(value, "entries") ?? value
  return Array.isArray(entries) ? entries.filter(isEntry) : []
}

const isEntry = (value: unknown) => typeof fieldOf(value, "content") === "string"

function entryOf(value: unknown): PlanEntry {
  const status = fieldOf(value, "status")
  return {
    content: String(fieldOf(value, "content")),
    state: status === "completed" || status === "in_progress" ? status : "pending",
    isUrgent: fieldOf(value, "priority") === "high",
  }
}

/** Says in one line how far a plan has come: what is under way, or how much is done. */
export function planLine(entries: PlanEntry[]): string {
  const done = entries.filter(({ state }) => state === "completed").length
  const current = entries.find(({ state }) => state === "in_progress")
  const count = texts.planDone(done, entries.length)
  return current ? `${count} · ${current.content}` : count
}

export function Plan({ entries }: { entries: PlanEntry[] }) {
  return (
    <ul aria-label={texts.plan} data-testid="plan" className="grid gap-1.5">
      {entries.map(({ content, state, isUrgent }, index) => {
        const Icon = icons[state]
        return (
          <li key={index} className="flex items-start gap-2">
            <Icon
              aria-hidden
              size={14}
              strokeWidth={2}
              className={`mt-[0.2rem] shrink-0 ${state === "in_progress" ? "text-accent" : "text-quiet"}`}
            />
            <span className={`min-w-0 wrap-anywhere ${state === "completed" ? "text-quiet" : "text-text"}`}>
              {content}
              <span className="sr-only">, {texts.planStates[state]}</span>
              {isUrgent && <span className="ms-2 text-quiet">{texts.planUrgent}</span>}
            </span>
          </li>
        )
      })}
    </ul>
  )
}

const icons: Record<State, LucideIcon> = { completed: Check, in_progress: CircleDot, pending: Circle }
