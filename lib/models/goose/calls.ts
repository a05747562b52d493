/** Writes what Goose's tools do as the parts of a model's stream. Goose runs them; we only show them. */
import { createHash } from "node:crypto"
import type { JSONValue, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { getToolName, isToolUIPart } from "ai"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { beginningOf } from "#lib/text.ts"
import { type LiveOutput, liveOutput } from "./live-output.ts"
import type { ToolUpdate } from "./shapes.ts"

type Part = LanguageModelV4StreamPart

export interface Calls {
  begin(update: Call): Part[]
  update(update: ToolUpdate): Part[]
  plan(entries: { content: string; status: string | undefined }[]): Part[]
  /** Begins the call if need be. @returns its parts, and the id that the question is about */
  ask(call: Call): { parts: Part[]; toolCallId: string }
  /** Returns what running commands have printed and is due to be shown. */
  due(nowMs: number): Part[]
  /** when `due` has something next */
  dueAtMs(): number | undefined
  /** true while a tool is at work that may be silent for long */
  isWorking(): boolean
}

type Call = Pick<ToolUpdate, "toolCallId" | "title" | "rawInput" | "_meta">

interface OpenCall {
  toolCallId: string
  toolName: string
  input: string
  /** true once this stream has it: a part of a call that is not known in its own stream is dropped */
  isShown: boolean
  isDenied: boolean
  isDone: boolean
  isApproved: boolean
  printed: LiveOutput
}

const maxNameChars = 100
const maxTitleChars = 200
/** Readers take ids of at most 128 characters. */
const maxIdChars = 80
const maxErrorChars = 8_000

/**
 * @param runId is in the id of each call: Goose's ids repeat from turn to turn, and some within one
 * @param known the parts that an earlier process has shown
 */
export function trackedCalls(runId: string, known: ChatMessagePart[], nowMs: () => number): Calls {
  /** by Goose's id; a call with an id that comes again replaces the one before */
  const calls = new Map<string, OpenCall>()
  const times = new Map<string, number>()
  let isPlanned = false

  for (const part of known) if (isToolUIPart(part)) remember(part)

  function remember(part: Extract<ChatMessagePart, { toolCallId: string }>): void {
    if (!part.toolCallId.startsWith(`${runId}:`)) return
    const [, number = "", key = ""] = /^(\d+):(.*)$/s.exec(part.toolCallId.slice(runId.length + 1)) ?? []
    times.set(key, Number(number))
    const isPreliminary = part.state === "output-available" && part.preliminary === true
    calls.set(key, {
      toolCallId: part.toolCallId,
      toolName: getToolName(part),
      input: JSON.stringify(part.input ?? {}),
      isShown: false,
      isDenied: part.approval?.approved === false,
      isApproved: part.approval?.approved === true,
      isDone: part.state.startsWith("output-") && !isPreliminary,
      printed: liveOutput(isPreliminary ? part.output : undefined),
    })
  }

  function added({ toolCallId, title, rawInput, _meta }: Call): OpenCall {
    const key = keyOf(toolCallId)
    const number = (times.get(key) ?? 0) + 1
    times.set(key, number)
    const call: OpenCall = {
      toolCallId: `${runId}:${number}:${key}`,
      toolName: nameOf(_meta?.goose?.toolCall?.toolName, title),
      input: JSON.stringify(rawInput ?? {}),
      isShown: false,
      isDenied: false,
      isApproved: false,
      isDone: false,
      printed: liveOutput(undefined),
    }
    calls.set(key, call)
    return call
  }

  function shown(call: OpenCall, title?: string): Part[] {
    if (call.isShown) return []
    call.isShown = true
    const { toolCallId, toolName, input } = call
    const named =
      title === undefined ? {} : { providerMetadata: { goose: { title: beginningOf(title, maxTitleChars) } } }
    return [{ type: "tool-call", toolCallId, toolName, input, providerExecuted: true, dynamic: true, ...named }]
  }

  function result(call: OpenCall, value: NonNullable<JSONValue>, more: { isError?: true; preliminary?: true }): Part {
    const { toolCallId, toolName } = call
    return { type: "tool-result", toolCallId, toolName, result: value, dynamic: true, ...more }
  }

  return {
    begin(update) {
      const call = calls.get(keyOf(update.toolCallId))
      // Its result may be all that is still to come, if an earlier process has shown it.
      return call && !call.isDone && !call.isShown ? [] : shown(added(update), update.title)
    },

    update(update) {
      const call = calls.get(keyOf(update.toolCallId)) ?? added(update)
      if (call.isDone || call.isDenied) return []
      if (update.sessionUpdate !== "tool_call_update") return []
      const parts = shown(call, update.title)
      if (update.status === "completed" || update.status === "failed") {
        call.isDone = true
        const text = textOf(update)
        if (update.status === "completed") parts.push(result(call, resultOf(update.rawOutput) ?? text, {}))
        else parts.push(result(call, beginningOf(text, maxErrorChars), { isError: true }))
      } else {
        call.printed.add(update)
        parts.push(...printedBy(call, nowMs()))
      }
      return parts
    },

    plan(entries) {
      const call = isPlanned ? calls.get(planKey) : undefined
      isPlanned = true
      const shownEntries = entries.map(({ content, status }) => ({ content, status: status ?? "pending" }))
      const planned = call ?? added({ toolCallId: planKey, title: "plan", rawInput: {}, _meta: undefined })
      // Goose never says that a plan is done; each is the whole of it, and replaces the one before.
      planned.isDone = true
      return [...shown(planned), result(planned, { entries: shownEntries }, {})]
    },

    ask(update) {
      const known = calls.get(keyOf(update.toolCallId))
      const call = known && !known.isDone ? known : added(update)
      return { parts: shown(call, update.title), toolCallId: call.toolCallId }
    },

    due: (now) => [...calls.values()].flatMap((call) => (call.isDone ? [] : printedBy(call, now))),

    dueAtMs() {
      const due = [...calls.values()].flatMap((call) => (call.isDone ? [] : (call.printed.dueAtMs() ?? [])))
      return due.length > 0 ? Math.min(...due) : undefined
    },

    isWorking: () =>
      [...calls.values()].some((call) => !call.isDone && !call.isDenied && (call.isApproved || call.isShown)),
  }

  function printedBy(call: OpenCall, now: number): Part[] {
    const dueAtMs = call.printed.dueAtMs()
    if (dueAtMs === undefined || dueAtMs > now) return []
    return [...shown(call), result(call, { ...call.printed.take(now) }, { preliminary: true })]
  }
}

const planKey = "plan"

function keyOf(id: string): string {
  if (id.length <= maxIdChars && id.isWellFormed() && !id.includes("\0")) return id
  return createHash("sha256").update(id).digest("hex").slice(0, 32)
}

/** Names a tool by what Goose calls it, else by its title ("shell · echo hi", "ourtools: weather"). */
function nameOf(toolName: string | undefined, title: string | undefined): string {
  const name = (toolName ?? title?.split(" · ", 1)[0] ?? "").trim()
  return name === "" || name === "error" ? "unknown" : beginningOf(name, maxNameChars)
}

function textOf({ content }: Extract<ToolUpdate, { sessionUpdate: "tool_call_update" }>): string {
  return (content ?? []).flatMap((each) => each?.content?.text ?? []).join("\n")
}

function resultOf(rawOutput: unknown): NonNullable<JSONValue> | undefined {
  // It came as JSON.
  return (rawOutput ?? undefined) as NonNullable<JSONValue> | undefined
}
