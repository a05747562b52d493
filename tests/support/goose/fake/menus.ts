/** What the agent says of itself: the same in every session. */
import type { Session } from "./session-store.ts"
import { modes } from "./settings.ts"

export const initialized = {
  agentCapabilities: {
    loadSession: true,
    promptCapabilities: { image: true, audio: false, embeddedContext: true },
    mcpCapabilities: { http: true, sse: false },
    sessionCapabilities: { list: {}, delete: {}, close: {} },
    auth: {},
    _meta: { goose: {} },
  },
  authMethods: [{ id: "goose-provider", name: "Configure Provider", description: "Run `goose configure`" }],
  agentInfo: { name: "goose", version: "1.50.0" },
}

export const commands = [
  "prompts",
  "prompt",
  "compact",
  "clear",
  "skills",
  "doctor",
  "goal",
  "grind",
  "status",
] as const

export const availableCommands = commands.map((name) => ({
  name,
  description: `What /${name} does`,
  _meta: { commandType: "Builtin" },
}))

const modeDescriptions = modes.map((id) => ({ id, name: id, description: `The mode ${id}` }))

export function describe({ mode, model, cwd }: Session, extensionResults: object[]) {
  return {
    modes: { currentModeId: mode, availableModes: modeDescriptions },
    configOptions: [
      select("provider", "openai", ["openai"]),
      select("mode", mode, [...modes]),
      select("model", model, [model]),
      select("thinking_effort", "off", ["off"]),
    ],
    _meta: { extensionResults, workingDir: cwd },
  }
}

function select(id: string, currentValue: string, values: string[]) {
  return { id, name: id, type: "select", currentValue, options: values.map((value) => ({ value, name: value })) }
}
