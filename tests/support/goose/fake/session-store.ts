import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import type { Mode } from "./settings.ts"

export type Part =
  | { type: "text"; text: string }
  | { type: "image"; data: string; mimeType: string }
  | { type: "thought"; text: string }
  | { type: "call"; callId: string; name: string; title: string; input: Record<string, unknown> }
  | { type: "result"; callId: string; status: "completed" | "failed"; text: string; output?: object }

/** Of a session's history: what the model is given again, and what `session/load` replays. */
export interface StoredMessage {
  role: "user" | "assistant"
  id: string
  /** seconds since 1970 */
  created: number
  parts: Part[]
  outputTokenLimitReached?: true
  /** a command, which the model never hears of */
  isHidden?: true
}

export interface Usage {
  input: number
  output: number
}

export interface Session {
  id: string
  cwd: string
  createdAt: string
  updatedAt: string
  title: string
  mode: Mode
  model: string
  /** of the last provider call that reported any, of whatever prompt */
  usage: Usage | undefined
  messages: StoredMessage[]
  /** titles that it has been given */
  namings: number
  /** tools that somebody has declined for good */
  rejectedTools: string[]
}

/** Keeps sessions in files below the home, where a second process on it finds them too. */
export interface SessionStore {
  /** Gives it the next id of the day, one that a deleted session had included. */
  create(session: Omit<Session, "id">): Session
  find(id: string): Session | undefined
  list(): Session[]
  save(session: Session): void
  remove(id: string): void
}

export function openSessions(home: string): SessionStore {
  const folder = path.join(home, "fake-goose-sessions")
  mkdirSync(folder, { recursive: true })
  const fileOf = (id: string) => path.join(folder, `${path.basename(id)}.json`)

  function save(session: Session): void {
    writeFileSync(fileOf(session.id), JSON.stringify(session))
  }

  function find(id: string): Session | undefined {
    try {
      return JSON.parse(readFileSync(fileOf(id), "utf8"))
    } catch {
      return undefined // there is none of this id
    }
  }

  const ids = () => readdirSync(folder).map((file) => path.basename(file, ".json"))

  return {
    create(content) {
      const date = content.createdAt.slice(0, 10).replaceAll("-", "")
      const numbers = ids().flatMap((id) => (id.startsWith(`${date}_`) ? [Number(id.slice(date.length + 1))] : []))
      const session = { id: `${date}_${Math.max(0, ...numbers) + 1}`, ...content }
      save(session)
      return session
    },
    find,
    list: () => ids().flatMap((id) => find(id) ?? []),
    save,
    remove: (id) => rmSync(fileOf(id), { force: true }),
  }
}
