/** Reads where Goose is, an agent that runs elsewhere. */
import path from "node:path"
import { z } from "zod"

export type GooseSettings = (
  | {
      /** `http(s)` keeps a run while no server listens; `ws(s)` ends it with its connection */
      url: string
      secret: string
    }
  /** a command that speaks with its parent over standard input and output; a run ends with this process */
  | { command: string }
) & {
  /** absolute; each chat gets a folder in it, at the same path on the agent's machine */
  workDir: string
}

export const gooseVariables = {
  GOOSE_ACP_URL: z
    .string()
    .trim()
    .refine(isAgentAddress, "is an http, https, ws or wss address without user and password")
    .optional(),
  GOOSE_SECRET: z.string().trim().regex(/^\S+$/, "is one word, without spaces").optional(),
  GOOSE_COMMAND: z.string().trim().min(1).optional(),
  GOOSE_WORK_DIR: z
    .string()
    .refine((folder) => path.isAbsolute(folder), "is an absolute path: the agent must see the same one")
    .optional(),
}

type GooseEnvironment = { [Name in keyof typeof gooseVariables]?: string | undefined }

/** Returns one sentence for each pair of settings that cannot both hold. */
export function gooseContradictions(env: GooseEnvironment): string[] {
  const problems: string[] = []
  if (env.GOOSE_ACP_URL && env.GOOSE_COMMAND) problems.push("GOOSE_ACP_URL, GOOSE_COMMAND: set one of them")
  if (env.GOOSE_ACP_URL && !env.GOOSE_SECRET)
    problems.push("GOOSE_SECRET: required with GOOSE_ACP_URL; it is the key that goose serve was started with")
  if (env.GOOSE_SECRET && !env.GOOSE_ACP_URL) problems.push("GOOSE_SECRET: only with GOOSE_ACP_URL")
  if (env.GOOSE_WORK_DIR && !env.GOOSE_ACP_URL && !env.GOOSE_COMMAND)
    problems.push("GOOSE_WORK_DIR: only with GOOSE_ACP_URL or GOOSE_COMMAND")
  return problems
}

/** Warns of ways to reach Goose that lose a run with this server. */
export function gooseWarnings({ GOOSE_ACP_URL: url, GOOSE_COMMAND: command }: GooseEnvironment): string[] {
  if (url && /^wss?:/.test(url))
    return ["GOOSE_ACP_URL: over a WebSocket an answer ends with this server; with http or https it survives"]
  return command ? ["GOOSE_COMMAND: an answer ends with this server; with GOOSE_ACP_URL it survives"] : []
}

/** @returns undefined if Goose is not configured */
export function gooseOf(env: GooseEnvironment, dataDir: string): GooseSettings | undefined {
  const workDir = env.GOOSE_WORK_DIR ?? path.resolve(dataDir, "goose")
  if (env.GOOSE_ACP_URL && env.GOOSE_SECRET) return { url: env.GOOSE_ACP_URL, secret: env.GOOSE_SECRET, workDir }
  return env.GOOSE_COMMAND ? { command: env.GOOSE_COMMAND, workDir } : undefined
}

/** Credentials in an address end up in logs; the key has a setting of its own. */
function isAgentAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, hostname } = new URL(text)
  return /^(https?|wss?):$/.test(protocol) && hostname !== "" && username === "" && password === ""
}
