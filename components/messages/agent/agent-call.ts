import type { DynamicToolUIPart, ToolUIPart } from "ai"
import { parsedJson } from "#lib/parsed-json.ts"

export type ToolPart = ToolUIPart | DynamicToolUIPart

/** What a command wrote and how it ended, as far as it is known. */
export interface CommandResult {
  stdout: string
  stderr: string
  /** undefined: it still runs, or the agent did not say */
  exitCode: number | undefined
}

/** Tells whether an agent that runs elsewhere makes this call, with tools that the server knows nothing of. */
export function isAgentCall(part: ToolPart): part is DynamicToolUIPart {
  return part.type === "dynamic-tool" && part.providerExecuted === true
}

/** @returns undefined unless an agent runs a command */
export function commandOf(part: ToolPart): string | undefined {
  if (!isAgentCall(part)) return undefined
  const command = fieldOf(part.input, "command")
  return part.toolName === "shell" && typeof command === "string" ? command : undefined
}

/** Reads the result of a command: an object, JSON of it, or what the agent says in words. */
export function commandResultOf(part: ToolPart): CommandResult | undefined {
  const output = part.state === "output-error" ? part.errorText : part.output
  if (output === undefined || output === null) return undefined
  const value = typeof output === "string" ? (objectIn(output) ?? output) : output
  if (typeof value !== "string") {
    const exitCode = fieldOf(value, "exit_code")
    return {
      stdout: textIn(value, "stdout"),
      stderr: textIn(value, "stderr"),
      exitCode: typeof exitCode === "number" ? exitCode : undefined,
    }
  }
  const said = exitCodeAtEnd.exec(value)
  return {
    stdout: said ? value.slice(0, said.index).trimEnd() : value,
    stderr: "",
    exitCode: said ? Number(said[1]) : undefined,
  }
}

/** @returns the agent's own name of a tool, such as `ourtools: weather` of an MCP server, without what it is called with */
export function agentTitleOf(part: DynamicToolUIPart): string | undefined {
  const title = part.title ?? part.callProviderMetadata?.["goose"]?.["title"]
  return typeof title === "string" ? title.split(" · ", 1)[0] : undefined
}

export function fieldOf(value: unknown, name: string): unknown {
  const isThere = typeof value === "object" && value !== null && Object.hasOwn(value, name)
  return isThere ? Reflect.get(value, name) : undefined
}

function textIn(value: unknown, name: string): string {
  const found = fieldOf(value, name)
  return typeof found === "string" ? found : ""
}

function objectIn(text: string): object | undefined {
  const value = /^\s*\{/.test(text) ? parsedJson(text) : undefined
  return typeof value === "object" && value !== null ? value : undefined
}

/** Goose 1.50 ends the words about a failed command so. */
const exitCodeAtEnd = /(?:^|\n)Command exited with code (\d+)\s*$/
