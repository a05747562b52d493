/** Decides how the demo model answers a prompt: which tool it calls, which text it picks, and how long it is. */
import type { LanguageModelV4CallOptions, LanguageModelV4ToolResultPart } from "@ai-sdk/provider"
import { isContinueRequest } from "../continue-request.ts"
import { ownWordsOf, textSinceQuestion, toolResultsSinceQuestion } from "./prompt.ts"
import type { ScriptedStep } from "./script.ts"
import { type DemoSubject, demoSubjects, toolsAndSources } from "./scripted-answers.ts"

/**
 * Returns the next step: the first may call a tool, the step after its result answers. The same prompt gives the same
 * step.
 */
export function demoStep(call: LanguageModelV4CallOptions): ScriptedStep {
  const questions = ownWordsOf(call.prompt)
  const question = questions.at(-1) ?? ""
  if (isContinueRequest(question)) return continuedStep(call)
  if (wantsShort(question)) return { text: `${quoted(question)}\n\n${shortAnswer}` }
  const results = toolResultsSinceQuestion(call.prompt)
  const toolCall = results.length === 0 ? toolCallFor(question, call) : undefined
  if (toolCall) return { reasoning: thoughtsBefore(toolCall.toolName), toolCall }
  return {
    reasoning: results.length === 0 ? thoughtsBefore(undefined) : undefined,
    ...answerTo(question, { earlier: questions.at(-2), results }),
  }
}

/** Continues an interrupted answer: the previous question's answer without the part already written. */
function continuedStep(call: LanguageModelV4CallOptions): ScriptedStep {
  const prompt = call.prompt.slice(0, -1)
  const { text = "", sources = [] } = demoStep({ ...call, prompt })
  const soFar = textSinceQuestion(prompt)
  return { text: text.startsWith(soFar) ? text.slice(soFar.length) : text, sources }
}

const notice =
  "*I am Rejoin's **demo model**: a script, not an AI. " +
  "For real answers set `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `CHAT_MODELS`, and start the server again.*"

const shortAnswer = `In short: **this answer survives.** Reload, and it goes on.\n\n${notice}`

const wantsShort = (question: string) => /\b(short|brief|briefly|one sentence|tl;?dr)\b/i.test(question)
const wantsLong = (question: string) => /(?<!how )\blong\b|\b(essay|story|novel)\b/i.test(question)

interface AnswerContext {
  earlier: string | undefined
  results: LanguageModelV4ToolResultPart[]
}

function answerTo(question: string, { earlier, results }: AnswerContext): ScriptedStep {
  const workedOut = results.filter((result) => result.toolName !== "search_docs")
  const first = workedOut.length > 0 ? toolsAndSources : subjectFor(question)
  const subjects = wantsLong(question) ? startingWith(first) : [first]
  const numbers = sourceNumbers(results)
  const paragraphs = [
    quoted(question),
    notice,
    ...(earlier
      ? [`I remember what you asked before, as the whole chat is sent again each time: ${inline(earlier)}`]
      : []),
    ...results.map(reportOf),
    ...(subjects.length > 1 ? [`# How an answer survives, in ${subjects.length} chapters`] : []),
    ...subjects.map((subject) => `## ${subject.title}\n\n${numbers.cite(subject)}`),
  ]
  return { text: paragraphs.join("\n\n"), sources: numbers.further }
}

/** Numbers sources: those found by tools keep their numbers, the text's other sources get the next ones. */
function sourceNumbers(results: LanguageModelV4ToolResultPart[]) {
  const found = results.flatMap(({ output }) => (output.type === "json" ? foundIn(output.value) : []))
  const numbers = new Map(found.map((source) => [fieldOf(source, "url"), Number(fieldOf(source, "number"))]))
  const further: DemoSubject["sources"] = []
  let last = Math.max(0, ...numbers.values())

  function numberOf(source: DemoSubject["sources"][number]): number {
    const known = numbers.get(source.url)
    if (known !== undefined) return known
    further.push(source)
    last += 1
    numbers.set(source.url, last)
    return last
  }

  return {
    /** sources that no tool has found, in the order of their numbers */
    further,
    /** Replaces the text's own source numbers by those of this answer. */
    cite({ text, sources }: DemoSubject): string {
      const inAnswer = sources.map(numberOf)
      return text.replace(/\[(\d+)\]/g, (mark, own) => (inAnswer[own - 1] ? `[${inAnswer[own - 1]}]` : mark))
    },
  }
}

function subjectFor(question: string): DemoSubject {
  const fitting = demoSubjects.find(({ about }) => about.test(question))
  return fitting ?? demoSubjects[hashOf(question) % demoSubjects.length] ?? toolsAndSources
}

function startingWith(first: DemoSubject): DemoSubject[] {
  return [first, ...demoSubjects.filter((subject) => subject !== first)]
}

/** Hashes by FNV-1a, which spreads even questions that differ in one letter. */
function hashOf(text: string): number {
  let hash = 2_166_136_261
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619)
  return hash >>> 0
}

function toolCallFor(question: string, call: LanguageModelV4CallOptions): ScriptedStep["toolCall"] {
  if (call.toolChoice?.type === "none") return undefined
  const offered = new Set(call.tools?.map((tool) => tool.name))
  const expression = arithmeticIn(question)
  const title = titleIn(question)
  if (offered.has("rename_chat") && title) return { toolName: "rename_chat", input: { title } }
  if (offered.has("current_time") && asksForTime.test(question))
    return { toolName: "current_time", input: { timeZone: timeZoneIn(question) } }
  if (offered.has("calculate") && expression) return { toolName: "calculate", input: { expression } }
  if (offered.has("search_docs") && /\S/.test(question))
    return { toolName: "search_docs", input: { query: cut(question, 200) } }
  return undefined
}

function titleIn(question: string): string | undefined {
  const wish =
    /\b(?:call|rename|name) (?:this|the) (?:chat|conversation)(?: to| into)?\s*:?\s+["“]?(\S.{0,98}?)["”.]*\s*$/i
  return wish.exec(question)?.[1]
}

const asksForTime =
  /\b(what time|the time (is|in|now)|current time|time is it|what('s| is) the (time|date)|what day)\b/i

function timeZoneIn(question: string): string {
  const city = (zone: string) => zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ")
  const lower = question.toLowerCase()
  return Intl.supportedValuesOf("timeZone").find((zone) => lower.includes(city(zone).toLowerCase())) ?? "UTC"
}

// A minus needs spaces around it: "1-2 sentences" and "2026-11-03" are not calculations.
const number = String.raw`\(*-?\d+(?:\.\d+)?\)*`
const operand = String.raw`(?:${number}|\b(?:sqrt|abs|round|min|max)\([\d\s.,+*/%^-]+\))`
const arithmetic = new RegExp(
  String.raw`${operand}(?:(?:\s*[+*/%^×÷]\s*|\s+[-−]\s+)${operand})+|\bsqrt\([\d\s.]+\)`,
  "i",
)

function arithmeticIn(question: string): string | undefined {
  return arithmetic.exec(question)?.[0].slice(0, 200)
}

function thoughtsBefore(toolName: string | undefined): string {
  if (toolName === "calculate")
    return "There is a sum in the question. I will work it out with the tool, not in my head."
  if (toolName === "current_time") return "I cannot know what time it is. The tool can, so I will ask it."
  if (toolName === "rename_chat") return "That changes something of the user's. The tool will ask before it does so."
  if (toolName === "search_docs") return "The project has documents about itself. I will look there before I answer."
  return "No tool is needed for this. I will pick the text that suits the question best."
}

function reportOf({ toolName, output }: LanguageModelV4ToolResultPart): string {
  if (toolName === "rename_chat" && output.type !== "json") return "As you wish: the chat keeps its title."
  if (output.type !== "json") return `The tool \`${toolName}\` could not help this time.`
  const value = output.value
  if (toolName === "calculate") return `**${inline(fieldOf(value, "expression"))} = ${fieldOf(value, "result")}**`
  if (toolName === "rename_chat") return `This chat is called **${inline(fieldOf(value, "title"))}** now.`
  if (toolName === "current_time") return `It is **${fieldOf(value, "local")}** (${fieldOf(value, "timeZone")}).`
  return foundReport(value)
}

function foundReport(value: unknown): string {
  const found = foundIn(value)
  if (found.length === 0) return "The project's documents say nothing about that."
  const lines = found.slice(0, 3).map((source) => {
    const number = fieldOf(source, "number")
    return `- ${inline(fieldOf(source, "title"))} (\`${fieldOf(source, "path")}\`)${number && ` [${number}]`}`
  })
  return `The project's documents have more on this:\n\n${lines.join("\n")}`
}

function foundIn(value: unknown): unknown[] {
  const sources: unknown = typeof value === "object" && value !== null && "sources" in value ? value.sources : []
  return Array.isArray(sources) ? sources : []
}

function fieldOf(value: unknown, name: string): string {
  if (typeof value !== "object" || value === null) return ""
  return String(Object.getOwnPropertyDescriptor(value, name)?.value ?? "")
}

function quoted(question: string): string {
  return `> ${inline(question) || "(nothing at all)"}`
}

/** Puts a user's text on one line, escaped for Markdown. */
function inline(text: string): string {
  return cut(text.replace(/\s+/g, " ").trim(), 160).replace(/[\\`*_[\]<>|~$&]/g, String.raw`\$&`)
}

function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  // Never cut inside a surrogate pair: half of one cannot be stored.
  return `${text.slice(0, maxChars - 1).replace(/[\uD800-\uDBFF]$/, "")}…`
}
