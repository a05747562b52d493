/**
 * Tools of MCP servers that the operator names. Each asks the user first: what another server does with a call, nobody
 * here can know. A server that is away costs its tools, never an answer.
 */
import { createMCPClient, type MCPClient } from "@ai-sdk/mcp"
import type { ToolSet } from "ai"
import { asksFirst, ReportedError } from "./marks.ts"
import { mcpToolName } from "./mcp-names.ts"
import { mcpModelOutput, mcpResult } from "./mcp-result.ts"
import { SessionForgotten, sessionFetch } from "./mcp-session.ts"
import { tools as ownTools } from "./tools.ts"

export interface McpServer {
  /** what its tools' names begin with */
  name: string
  /** speaks MCP over HTTP */
  url: string
}

export interface McpTools {
  /** what the servers that are there offer just now; waits for none */
  current(): ToolSet
  close(): Promise<void>
}

interface McpOptions {
  onProblem: (error: unknown) => void
  /** false: a model is told of a picture, and not shown it (default true) */
  seesPictures?: boolean
}

/** How long a server may take to say what it offers. */
const answerMs = 5_000
/** How often servers are asked what they offer: new tools come, and what is gone goes. */
const askEveryMs = 30_000

/** Asks at once, in the background. */
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
      // What may have begun is not begun again: a call changes something, for all we know.
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
    // The tool it was, but for how it is run and what a model is told of it.
    return asksFirst({ ...said, execute, toModelOutput: mcpModelOutput(seesPictures) }) as ToolSet[string]
  }

  /** A server that has forgotten its session has not begun with the call: it is made again in a new one, once. */
  async function call(tool: string, ...given: Parameters<Execute>): Promise<unknown> {
    const used = client
    try {
      return await begun(tool, given)
    } catch (error) {
      if (!isForgotten(error)) throw error
      // Of several calls that learn of it, one asks for the new session.
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

  /** To close a client aborts its calls, and what one of those has begun nobody would know: they are waited for. */
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
