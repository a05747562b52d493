import type { CallAsked } from "./completion.ts"
import { nowSeconds, ownId, resultUpdate } from "./history.ts"
import { type CallOfTool, isAllowed } from "./permissions.ts"
import type { RunPlace } from "./run.ts"
import type { Part, StoredMessage } from "./session-store.ts"
import { runShell } from "./shell.ts"

/** A call, or what was wrong with it. */
type Call = CallOfTool & { error?: { code: number; text: string } }
type Result = Extract<Part, { type: "result" }>

/**
 * Carries out what one answer of the model asks for: shows all calls, asks for permissions one after the other, and
 * only then runs those that are allowed, all at once.
 * @returns one message a call and one a result, for the history; nothing of it is stored if the run is cancelled
 */
export async function runCalls(asked: CallAsked[], messageId: string, place: RunPlace): Promise<StoredMessage[]> {
  const { session, peer, cancelled } = place
  const calls = asked.map(callOf)
  for (const call of calls) peer.notify(session.id, callUpdate(call, messageId))
  const results = new Map<string, Result>()
  const allowed: Call[] = []
  for (const call of calls) {
    if (call.error) results.set(call.callId, failure(call, call.error.text))
    else if (session.mode === "chat") results.set(call.callId, { ...failure(call, skipped), status: "completed" })
    else if (await isAllowed(call, session, place)) allowed.push(call)
    else results.set(call.callId, failure(call, declined))
    // Whoever cancels under a permission is heard only now.
    cancelled.throwIfAborted()
  }
  for (const result of results.values()) peer.notify(session.id, resultUpdate(result))
  const running = await Promise.all(allowed.map((call) => resultOf(call, place)))
  for (const result of running) {
    results.set(result.callId, result)
    peer.notify(session.id, resultUpdate(result))
  }
  return calls.flatMap((call) => stored(call, results.get(call.callId) ?? failure(call, declined)))
}

async function resultOf(call: Call, { session, peer, signal }: RunPlace): Promise<Result> {
  const place = { cwd: session.cwd, sessionId: session.id, signal }
  const output = await runShell(String(call.input["command"]), place, (params) =>
    peer.notify(session.id, {
      sessionUpdate: "tool_call_update",
      toolCallId: call.callId,
      status: "in_progress",
      _meta: { toolNotification: { type: "live_output", params } },
    }),
  )
  const printed = [output.stdout, output.stderr].filter((text) => text !== "").join("\n") || "(no output)"
  const isGood = output.exit_code === 0
  const text = isGood ? printed : `${printed}\n\nCommand exited with code ${output.exit_code}`
  return { type: "result", callId: call.callId, status: isGood ? "completed" : "failed", text, output }
}

function callOf({ callId, name, arguments: text }: CallAsked): Call {
  const input = parsedInput(text)
  const unparseable = { callId, name: "unparseable_tool_call", title: "unparseable tool call", input: {} }
  if (!input) return { ...unparseable, error: { code: -32602, text: cutOff(text) } }
  if (name !== "shell")
    return { ...unparseable, error: { code: -32600, text: `Tool '${name}' was not advertised for this model turn` } }
  return { callId, name, title: `shell · ${shortened(String(input["command"]))}`, input }
}

function parsedInput(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // it was cut off
  }
}

function callUpdate({ callId: toolCallId, name, title, input: rawInput, error }: Call, messageId: string): object {
  const meta = { created: nowSeconds(), messageId }
  const update = { sessionUpdate: "tool_call", toolCallId }
  if (error) return { ...update, title: "error", _meta: { goose: meta } }
  const toolCall = { toolName: name, extensionName: "developer" }
  return { ...update, title, rawInput, _meta: { goose: { toolCall, ...meta } } }
}

function stored({ callId, name, title, input, error }: Call, result: Result): StoredMessage[] {
  const created = nowSeconds()
  const text = error ? `${error.code}: ${result.text}` : result.text
  return [
    { role: "assistant", id: ownId(), created, parts: [{ type: "call", callId, name, title, input }] },
    { role: "user", id: ownId(), created, parts: [{ ...result, text }] },
  ]
}

function failure({ callId }: Call, text: string): Result {
  return { type: "result", callId, status: "failed", text }
}

function shortened(command: string): string {
  return command.length > 57 ? `${command.slice(0, 54)}...…` : command
}

const declined =
  "The user has declined to run this tool. DO NOT attempt to call this tool again. " +
  "If there are no alternative methods to proceed, clearly explain the situation and STOP."
const skipped =
  "Let the user know the tool call was skipped in goose chat mode. DO NOT apologize for skipping the tool call."

function cutOff(text: string): string {
  return (
    "The model's response was truncated — it hit the output token limit while generating this tool call. " +
    "Try increasing max_tokens for this provider or breaking the task into smaller steps.\n" +
    `Received ${text.length} characters; cut off at: ${text}`
  )
}
