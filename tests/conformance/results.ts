import { readFileSync } from "node:fs"
import path from "node:path"

export interface CaseResult {
  /** its groups and its title, the outermost first */
  titles: string[]
  hasPassed: boolean
}

/** The suite's cases about reading, one a line. */
const readingCases = readFileSync(path.join(import.meta.dirname, "reading-cases.txt"), "utf8")
  .trim()
  .split("\n")

const nameOf = ({ titles }: CaseResult) => titles.join(" > ")

/** Lists the cases about reading that did not pass, or did not run. */
export function failedCases(results: CaseResult[]): string[] {
  const passed = new Set(results.filter(({ hasPassed }) => hasPassed).map(nameOf))
  return readingCases.filter((name) => !passed.has(name))
}

/** Counts the cases of each group: those about reading, those beside them, and why the latter may fail. */
export function resultTable(results: CaseResult[]): string {
  const groups = Map.groupBy(results, ({ titles: [group = ""] }) => group)
  const rows = [...groups].map(([group, cases]) => [group, ...counts(cases), reasons[group] ?? ""])
  return [["group", "reading", "other", "why others fail"], ...rows, ["all", ...counts(results)]].map(line).join("\n")
}

function counts(cases: CaseResult[]): string[] {
  const { reading = [], other = [] } = Object.groupBy(cases, (each) =>
    readingCases.includes(nameOf(each)) ? "reading" : "other",
  )
  return [reading, other].map((some) =>
    some.length === 0 ? "" : `${some.filter(({ hasPassed }) => hasPassed).length} of ${some.length}`,
  )
}

function line([group = "", reading = "", other = "", reason = ""]: string[]): string {
  return `${group.padEnd(36)} ${reading.padEnd(12)} ${other.padEnd(12)} ${reason}`.trimEnd()
}

const producers = "idempotent producers: an answer has one producer, fenced by its epoch"
const sequences = "Stream-Seq: writers are not clients"
const lifetimes = "TTL: an answer's stream lives as long as its chat"
const forks = "forks: a branch of a chat is an answer of its own"

/** Why we do not offer what these groups ask for besides reading. */
const reasons: Record<string, string> = {
  "Append Operations": sequences,
  "HTTP Protocol": sequences,
  "Protocol Edge Cases": sequences,
  "Property-Based Tests (fast-check)": sequences,
  "TTL and Expiry Validation": lifetimes,
  "TTL and Expiry Edge Cases": lifetimes,
  "TTL Expiration Behavior": lifetimes,
  "HEAD Metadata Edge Cases": lifetimes,
  "Idempotent Producer Operations": producers,
  "Stream Closure": producers,
  "Fork - Creation": forks,
  "Fork - Reading": forks,
  "Fork - Appending": forks,
  "Fork - Recursive": forks,
  "Fork - Live Modes": forks,
  "Fork - Deletion and Lifecycle": forks,
  "Fork - TTL and Expiry": forks,
  "Fork - JSON Mode": forks,
  "Fork - Edge Cases": forks,
  "Reserved subscription APIs": "subscriptions: skipped unless a server offers them",
}
