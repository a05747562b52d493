/** The methods of the agent, over whatever connection they are asked. */
import { randomUUID } from "node:crypto"
import { statSync } from "node:fs"
import path from "node:path"
import type { z } from "zod"
import { commandOf } from "./commands.ts"
import { complete } from "./completion.ts"
import { promptOf, questionOf, replayOf } from "./history.ts"
import { type Handle, invalidParams, notFound, type Peer, RpcError } from "./json-rpc.ts"
import { availableCommands, describe, initialized } from "./menus.ts"
import { runPrompt, type StopReason } from "./run.ts"
import { openSessions, type Session } from "./session-store.ts"
import { modes, type Settings } from "./settings.ts"
import { configSchema, modeSchema, placeSchema, sessionSchema, steerSchema } from "./shapes.ts"

interface Run {
  id: string
  /** a run that has just begun is deaf */
  isDeaf: boolean
  cancelling: AbortController
}

export function startAgent(settings: Settings): Handle {
  const sessions = openSessions(settings.home)
  const live = new Map<string, Session>()
  const runs = new Map<string, Run>()
  const closed = new Set<string>()

  function sessionOf(params: Record<string, unknown>): Session {
    const { sessionId } = parse(sessionSchema, params)
    const session = live.get(sessionId) ?? sessions.find(sessionId)
    if (!session || closed.has(sessionId)) throw notFound(sessionId)
    live.set(sessionId, session)
    return session
  }

  /** After the answer, on the session's stream. */
  function introduce(session: Session, peer: Peer): void {
    setImmediate(() => {
      peer.notify(session.id, gauge(session))
      peer.notify(session.id, { sessionUpdate: "available_commands_update", availableCommands })
    })
  }

  const gauge = ({ usage }: Session) => ({
    sessionUpdate: "usage_update",
    used: usage ? usage.input + usage.output : 0,
    size: settings.contextLimit,
  })

  async function prompt(params: Record<string, unknown>, peer: Peer): Promise<object> {
    const session = sessionOf(params)
    const running = runs.get(session.id)
    if (running)
      throw invalidParams(`session already has active run \`${running.id}\`; use _goose/unstable/session/steer`)
    const question = questionOf(params["prompt"])
    const run = { id: `run_${randomUUID()}`, isDeaf: true, cancelling: new AbortController() }
    runs.set(session.id, run)
    try {
      await new Promise((resolve) => setTimeout(resolve, settings.deafMs))
      run.isDeaf = false
      peer.notify(session.id, activeRun(run.id))
      const stopReason = await answer(question, { session, peer, run })
      peer.notify(session.id, activeRun(null))
      peer.notify(session.id, gauge(session))
      const { input = 0, output = 0 } = session.usage ?? {}
      const usage = { totalTokens: input + output, inputTokens: input, outputTokens: output }
      return { stopReason, ...(session.usage && { usage }) }
    } catch (error) {
      peer.notify(session.id, activeRun(null))
      throw error
    } finally {
      runs.delete(session.id)
    }
  }

  interface Turn {
    session: Session
    peer: Peer
    run: Run
  }

  async function answer(question: ReturnType<typeof questionOf>, { session, peer, run }: Turn): Promise<StopReason> {
    if (question.parts.length === 0) return "end_turn"
    if (commandOf(question, { session, peer, settings })) {
      sessions.save(session)
      return "end_turn"
    }
    session.messages.push(question)
    session.updatedAt = new Date().toISOString()
    sessions.save(session)
    if (settings.namesSessions && session.namings < 3) void nameIt(session, peer)
    const cancelled = run.cancelling.signal
    const signal = AbortSignal.any([cancelled, peer.gone])
    try {
      return await runPrompt({ session, sessions, settings, peer, cancelled, signal })
    } catch (error) {
      if (cancelled.aborted && !peer.gone.aborted) return "cancelled"
      throw error
    }
  }

  /** Charged, and told whenever it is done. */
  async function nameIt(session: Session, peer: Peer): Promise<void> {
    session.namings++
    const [, ...messages] = promptOf(session)
    const system = { role: "system", content: "Generate a short title for this session." }
    const body = { model: session.model, messages: [system, ...messages] }
    let title = ""
    try {
      for await (const { text } of complete({ host: settings.host, body, signal: peer.gone })) title += text
    } catch {
      return // a session without a title is as good as any
    }
    session.title = title
    sessions.save(session)
    peer.notify(session.id, { sessionUpdate: "session_info_update", title })
  }

  const methods: Record<string, (params: Record<string, unknown>, peer: Peer) => object | Promise<object>> = {
    initialize: ({ protocolVersion }) => ({ protocolVersion, ...initialized }),

    "session/new"(params, peer) {
      const { cwd } = placeOf(params)
      if (settings.model === "")
        throw new RpcError(-32603, "Failed to resolve provider: Configuration value not found: GOOSE_MODEL")
      const now = `${new Date().toISOString().slice(0, 19)}Z`
      const session = sessions.create({
        cwd,
        createdAt: now,
        updatedAt: now,
        title: "New Chat",
        mode: settings.mode,
        model: settings.model,
        usage: undefined,
        messages: [],
        namings: 0,
        rejectedTools: [],
      })
      closed.delete(session.id)
      live.set(session.id, session)
      introduce(session, peer)
      return { sessionId: session.id, ...describe(session, extensionResultsOf(params)) }
    },

    "session/load"(params, peer) {
      const { sessionId } = parse(sessionSchema, params)
      const { cwd } = placeOf(params)
      if (sessions.find(sessionId)) closed.delete(sessionId)
      const wasLive = live.has(sessionId)
      const session = sessionOf(params)
      session.cwd = cwd
      sessions.save(session)
      for (const update of replayOf(session)) peer.notify(session.id, update)
      introduce(session, peer)
      return describe(session, wasLive ? [] : extensionResultsOf(params))
    },

    "session/prompt": prompt,

    "session/cancel"(params) {
      const run = runs.get(parse(sessionSchema, params).sessionId)
      if (run && !run.isDeaf) run.cancelling.abort()
      return {}
    },

    "session/list": ({ cwd }) => ({
      sessions: sessions
        .list()
        // One that was never asked anything is not listed.
        .filter((session) => session.messages.length > 0 && (cwd === undefined || cwd === null || session.cwd === cwd))
        .sort((one, other) => (one.updatedAt < other.updatedAt ? 1 : -1))
        .map(listed),
    }),

    "_goose/unstable/session/info": (params) => ({ session: listed(sessionOf(params)) }),

    "_goose/unstable/session/steer"(params) {
      const { id } = sessionOf(params)
      const { expectedRunId } = parse(steerSchema, params)
      const running = runs.get(id)
      if (!running) throw invalidParams("no active run to steer")
      const message = `expected active run id \`${expectedRunId}\` but found \`${running.id}\``
      // Nothing of ours adds to a run, so the fake does not know how to.
      throw invalidParams({ message, expectedRunId, actualRunId: running.id })
    },

    "session/close"(params) {
      const { id } = sessionOf(params)
      runs.get(id)?.cancelling.abort()
      closed.add(id)
      live.delete(id)
      return {}
    },

    "session/delete"(params) {
      const { id } = sessionOf(params)
      runs.get(id)?.cancelling.abort()
      live.delete(id)
      sessions.remove(id)
      return {}
    },

    "session/set_mode"(params, peer) {
      const session = sessionOf(params)
      const { modeId } = parse(modeSchema, params)
      const mode = modes.find((known) => known === modeId)
      if (!mode) throw invalidParams(`Invalid mode: ${modeId}`)
      session.mode = mode
      sessions.save(session)
      peer.notify(session.id, { sessionUpdate: "current_mode_update", currentModeId: mode })
      return {}
    },

    "session/set_config_option"(params, peer) {
      const session = sessionOf(params)
      const { configId, value } = parse(configSchema, params)
      if (configId === "model") session.model = value
      sessions.save(session)
      const { configOptions } = describe(session, [])
      peer.notify(session.id, { sessionUpdate: "config_option_update", configOptions })
      return { configOptions }
    },
  }

  return async (method, params, peer) => {
    const run = methods[method]
    if (!run) throw new RpcError(-32601, "Method not found")
    return await run(params, peer)
  }
}

function listed({ id, cwd, title, updatedAt, createdAt, model, messages }: Session): object {
  return {
    sessionId: id,
    cwd,
    title,
    updatedAt,
    _meta: {
      messageCount: messages.length,
      createdAt,
      ...(messages.length > 0 && { lastMessageAt: updatedAt }),
      userSetName: false,
      sessionType: "acp",
      hasRecipe: false,
      providerId: "openai",
      modelId: model,
    },
  }
}

const activeRun = (activeRunId: string | null) => ({
  sessionUpdate: "session_info_update",
  _meta: { goose: { activeRunId } },
})

/** A dead server of tools does not keep a session from being made. */
function extensionResultsOf(params: Record<string, unknown>): object[] {
  const own = [{ name: "developer", success: true }]
  const { mcpServers } = parse(placeSchema, params)
  return [...own, ...mcpServers.map(({ name }) => ({ name, success: false, error: "the fake connects to none" }))]
}

function placeOf(params: Record<string, unknown>): { cwd: string } {
  const place = parse(placeSchema, params)
  const isFolder = path.isAbsolute(place.cwd) && statSync(place.cwd, { throwIfNoEntry: false })?.isDirectory()
  if (!isFolder) throw invalidParams("invalid directory path")
  return place
}

function parse<Shape>(schema: z.ZodType<Shape>, params: unknown): Shape {
  const parsed = schema.safeParse(params)
  if (!parsed.success) throw invalidParams(parsed.error.message)
  return parsed.data
}
