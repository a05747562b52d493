/** Begins Goose's sessions, and finds those of earlier turns again. */
import { mkdir, realpath } from "node:fs/promises"
import path from "node:path"
import type { AgentRun } from "#lib/agent-run.ts"
import { chatIdPattern } from "#lib/chat-protocol.ts"
import { AcpError, type Peer } from "./peer.ts"
import { loadSessionSchema, newSessionSchema, sessionInfoSchema, sessionListSchema } from "./shapes.ts"

export type Session = Pick<AgentRun, "sessionId" | "sessionCreatedAt" | "cwd">

/** In it Goose asks before it runs a tool. */
const askingMode = "approve"

/**
 * Makes a chat's folder, which no other chat uses.
 * @returns its path without symbolic links, as Goose reports it
 */
export async function chatFolder(workDir: string, chatId: string): Promise<string> {
  if (!chatIdPattern.test(chatId)) throw new TypeError("A chat id must be a UUID")
  const folder = path.resolve(workDir, chatId.toLowerCase())
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return await realpath(folder)
}

/** @throws AcpError if Goose refuses, also to ask before it runs tools */
export async function newSession(peer: Peer, cwd: string): Promise<Session> {
  const { sessionId, modes } = newSessionSchema.parse(await peer.request("session/new", { cwd, mcpServers: [] }))
  await peer.join(sessionId)
  await ensureAsking(peer, sessionId, modes)
  // A session of unknown age is used for one turn only.
  const sessionCreatedAt = (await createdAt(peer, { sessionId, cwd })) ?? ""
  return { sessionId, sessionCreatedAt, cwd }
}

/**
 * Loads an earlier turn's session. What it replays comes by the peer's `next`, before this resolves.
 * @returns false if it is not there any more; its id may have been given to another one
 */
export async function loadSession(peer: Peer, session: Session): Promise<boolean> {
  const { sessionId, cwd } = session
  if (session.sessionCreatedAt === "") return false
  // Answers that concern a session come by its own stream.
  await peer.join(sessionId)
  if ((await createdAt(peer, session)) !== session.sessionCreatedAt) return false
  try {
    const answer = await peer.request("session/load", { sessionId, cwd, mcpServers: [] })
    await ensureAsking(peer, sessionId, loadSessionSchema.parse(answer).modes)
    return true
  } catch (error) {
    if (error instanceof AcpError && error.code === sessionNotFound) return false
    throw error
  }
}

const sessionNotFound = -32002

async function ensureAsking(peer: Peer, sessionId: string, modes: { currentModeId: string } | null | undefined) {
  if (modes?.currentModeId === askingMode) return
  await peer.request("session/set_mode", { sessionId, modeId: askingMode })
}

type SessionName = Omit<Session, "sessionCreatedAt">

/** @returns undefined if Goose has no such session, or does not tell */
async function createdAt(peer: Peer, { sessionId, cwd }: SessionName): Promise<string | undefined> {
  try {
    const { session } = sessionInfoSchema.parse(await peer.request("_goose/unstable/session/info", { sessionId }))
    return session?.sessionId === sessionId && session.cwd === cwd ? session._meta.createdAt : undefined
  } catch (error) {
    if (!(error instanceof AcpError)) throw error
    return error.code === methodNotFound ? await listedCreatedAt(peer, { sessionId, cwd }) : undefined
  }
}

const methodNotFound = -32601

/** The newest sessions of a folder come first. */
const maxPages = 20

/** ACP's own way, which leaves out sessions without a message. */
async function listedCreatedAt(peer: Peer, { sessionId, cwd }: SessionName): Promise<string | undefined> {
  let cursor: string | null | undefined
  for (let page = 0; page < maxPages; page++) {
    const answer = await peer.request("session/list", { cwd, ...(cursor && { cursor }) })
    const { sessions, nextCursor } = sessionListSchema.parse(answer)
    const found = sessions.find((each) => each?.sessionId === sessionId && each.cwd === cwd)
    if (found) return found._meta.createdAt
    if (!nextCursor) return undefined
    cursor = nextCursor
  }
  return undefined
}
