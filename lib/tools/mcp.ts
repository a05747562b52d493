/**
 * Offers the tools of the MCP servers that the operator names. Each call asks the user first, since nobody here knows
 * what another server does with it. While a server is away its tools are missing, and answers continue without them.
 */
import { createMCPClient, type MCPClient } from "@ai-sdk/mcp"
import type { ToolSet } from "ai"
import { asksFirst, ReportedError } from "./marks.ts"
import { mcpToolName } from "./mcp-names.ts"
import { mcpModelOutput, mcpResult } from "./mcp-result.ts"
import { SessionForgotten, sessionFetch } from "./mcp-session.ts"
import { tools as ownTools } from "./tools.ts"

export interface McpServer {
  /** prefix of its tools' names */
  name: string
  /** address of MCP over HTTP */
  url: string
}

export interface McpTools {
  /** Returns the tools that reachable servers offer now. Never waits. */
  current(): ToolSet
  close(): Promise<void>
}

interface McpOptions {
  onProblem: (error: unknown) => void
  /** false: models get a description of a picture, not the picture (default true) */
  seesPictures?: boolean
}

/** limit for a server to list its tools */
const answerMs = 5_000
/** How often servers are asked for their tools, which may change. */
const askEveryMs = 30_000

/** Connects to the servers, and asks for their tools in the background. */
export function mcpTools(servers: McpServer[], options: McpOptions): McpTools {
  const among = {
    servers: servers.map(({ name }) => name),
    taken: [...Object.keys(ownTools), "rename_chat"],
  }
  const links = servers.map((server) =>
    link(server, { ...options, nameOf: (tool) => mcpToolName(server.name, tool, among) }),
  )
  return {
    current: () => Object.assign({}, ...links.map((each) => each.offered())),
    close: async () => void (await Promise.all(links.map((each) => each.close()))),
  }
}

type LinkOptions = McpOptions & { nameOf: (tool: string) => string }
type Execute = NonNullable<ToolSet[string]["execute"]>

function link({ name, url }: McpServer, { onProblem, seesPictures = true, nameOf }: LinkOptions) {
  let client: MCPClient | undefined
  /** as the server names them */
  let tools: ToolSet = {}
  let offered: ToolSet = {}
  const running = new Set<Promise<unknown>>()
  let asking = ask()
  const timer = setInterval(() => {
    asking = asking.then(ask)
  }, askEveryMs).unref()

  async function ask(): Promise<void> {
    try {
      await askOnce().catch(async (error: unknown) => {
        if (!isForgotten(error)) throw error
        forget()
        await askOnce()
      })
    } catch (cause) {
      onProblem(new Error(`the MCP server "${name}" cannot be reached`, { cause }))
      offered = {}
      await leave()
    }
  }

  async function askOnce(): Promise<void> {
    client ??= await createMCPClient({
      transport: { type: "http", url, fetch: sessionFetch },
      clientName: "rejoin",
      initializationOptions: { timeout: answerMs },
      // A call that may have begun is not repeated, since it may change something.
      maxRetries: 0,
      onUncaughtError: (error) => {
        if (!isForgotten(error)) onProblem(error)
      },
    })
    tools = await client.tools()
    offered = Object.fromEntries(Object.entries(tools).map(([tool, said]) => [nameOf(tool), asked(tool, said)]))
  }

  function asked(tool: string, said: ToolSet[string]): ToolSet[string] {
    const execute: Execute = async (input, context) => mcpResult(await call(tool, input, context))
    // The tool keeps its type: only how it runs and what a model sees of its result change.
    return asksFirst({ ...said, execute, toModelOutput: mcpModelOutput(seesPictures) }) as ToolSet[string]
  }

  /**
   * Calls a tool. A server that has forgotten its session has not begun the call, so the call is repeated once in a
   * new session.
   */
  async function call(tool: string, ...given: Parameters<Execute>): Promise<unknown> {
    const used = client
    try {
      return await begun(tool, given)
    } catch (error) {
      if (!isForgotten(error)) throw error
      // Only the first of several calls that notice opens the new session.
      asking = asking.then(async () => {
        if (client !== used) return
        forget()
        await ask()
      })
      await asking
      given[1].abortSignal?.throwIfAborted()
      return begun(tool, given)
    }
  }

  async function begun(tool: string, given: Parameters<Execute>): Promise<unknown> {
    const execute = tools[tool]?.execute
    if (!execute) throw new ReportedError("This tool is not there just now.")
    const calling = Promise.resolve(execute(...given))
    running.add(calling)
    return calling.finally(() => running.delete(calling))
  }

  /** Closes the client once its calls have ended. Closing it earlier would abort them with an unknown result. */
  function forget(): void {
    const left = client
    client = undefined
    void Promise.allSettled(running)
      .then(() => left?.close())
      .catch(onProblem)
  }

  async function leave(): Promise<void> {
    const left = client
    client = undefined
    tools = {}
    await left?.close().catch(onProblem)
  }

  return {
    offered: () => offered,
    async close() {
      clearInterval(timer)
      await asking
      offered = {}
      await leave()
    },
  }
}

function isForgotten(error: unknown): boolean {
  if (error instanceof SessionForgotten) return true
  return error instanceof Error && error.cause !== undefined && isForgotten(error.cause)
}
