/**
 * Tools of MCP servers that the operator names. Each asks the user first: what another server does with a call, nobody
 * here can know. A server that is away costs its tools, never an answer.
 */
import { createMCPClient, type MCPClient } from "@ai-sdk/mcp"
import type { ToolSet } from "ai"
import { asksFirst } from "./asks-first.ts"

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

/** How long a server may take to say what it offers. */
const answerMs = 5_000
/** How often servers are asked what they offer: new tools come, and what is gone goes. */
const askEveryMs = 30_000
/** What models' providers take as a tool's name. */
const nameChars = 64

/** Asks at once, in the background. */
export function mcpTools(servers: McpServer[], onProblem: (error: unknown) => void): McpTools {
  const links = servers.map((server) => link(server, onProblem))
  return {
    current: () => Object.assign({}, ...links.map((each) => each.offered())),
    close: async () => void (await Promise.all(links.map((each) => each.close()))),
  }
}

function link({ name, url }: McpServer, onProblem: (error: unknown) => void) {
  let client: MCPClient | undefined
  let offered: ToolSet = {}
  let asking = ask()
  const timer = setInterval(() => {
    asking = asking.then(ask)
  }, askEveryMs).unref()

  async function ask(): Promise<void> {
    try {
      client ??= await createMCPClient({
        transport: { type: "http", url },
        clientName: "rejoin",
        initializationOptions: { timeout: answerMs },
        onUncaughtError: onProblem,
      })
      offered = toolsOf(name, await client.tools())
    } catch (cause) {
      onProblem(new Error(`the MCP server "${name}" cannot be reached`, { cause }))
      await leave()
    }
  }

  async function leave(): Promise<void> {
    const left = client
    client = undefined
    offered = {}
    await left?.close().catch(onProblem)
  }

  return {
    offered: () => offered,
    async close() {
      clearInterval(timer)
      await asking
      await leave()
    },
  }
}

function toolsOf(server: string, tools: ToolSet): ToolSet {
  const named = Object.entries(tools).map(([name, tool]) => {
    const known = `${server}_${name.replace(/[^\w-]/g, "_")}`
    return [known.slice(0, nameChars), asksFirst({ ...tool })] as const
  })
  return Object.fromEntries(named)
}
