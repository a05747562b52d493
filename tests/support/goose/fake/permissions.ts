import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import type { Peer } from "./json-rpc.ts"
import type { Session } from "./session-store.ts"
import type { Settings } from "./settings.ts"
import { decisionSchema } from "./shapes.ts"

export interface CallOfTool {
  callId: string
  name: string
  title: string
  input: Record<string, unknown>
}

const options = ["allow_always", "allow_once", "reject_once", "reject_always"].map((kind) => ({
  optionId: kind,
  name: kind,
  kind,
}))

/** Asks whether a tool may be run. Waits for ever: only the answer, or the end of the connection, ends it. */
export async function isAllowed(call: CallOfTool, session: Session, place: { peer: Peer; settings: Settings }) {
  const { callId: toolCallId, name, title, input: rawInput } = call
  if (session.mode === "auto" || isAlwaysAllowed(name, place.settings)) return true
  if (session.rejectedTools.includes(name)) return false
  const toolCall = { toolCallId, kind: "other", status: "pending", title, rawInput }
  const params = { sessionId: session.id, toolCall, options }
  const answer = await Promise.race([place.peer.ask("session/request_permission", params), ended(place.peer.gone)])
  // An unknown option, an outcome of another kind and an error: all of them decline.
  const optionId = decisionSchema.safeParse(answer).data?.outcome.optionId
  if (optionId === "allow_always") allowAlways(name, place.settings)
  if (optionId === "reject_always") session.rejectedTools.push(name)
  return optionId === "allow_always" || optionId === "allow_once"
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener("abort", () => reject(signal.reason), { once: true })
  })
}

/** One file for all sessions of a home, by the bare name of the tool. */
function fileOf({ home }: Settings): string {
  return path.join(home, ".config", "goose", "permission.yaml")
}

function isAlwaysAllowed(name: string, settings: Settings): boolean {
  return allowedTools(settings).includes(name)
}

function allowAlways(name: string, settings: Settings): void {
  const file = fileOf(settings)
  mkdirSync(path.dirname(file), { recursive: true })
  const names = [...allowedTools(settings), name].map((each) => `  - ${each}\n`)
  writeFileSync(file, `user:\n  always_allow:\n${names.join("")}  ask_before: []\n  never_allow: []\n`)
}

function allowedTools(settings: Settings): string[] {
  try {
    return [...readFileSync(fileOf(settings), "utf8").matchAll(/^ {2}- (.+)$/gm)].flatMap(([, name]) => name ?? [])
  } catch {
    return [] // nothing was ever allowed for good
  }
}
