/** What the fake is started with: the variables of the real Goose, and a few of its own that begin with FAKE_GOOSE. */
export interface Settings {
  home: string
  /** address of the provider, without its path */
  host: string
  model: string
  mode: Mode
  /** of HTTP and WebSocket */
  secret: string
  /** asks the provider for a title beside each of a session's first three questions */
  namesSessions: boolean
  /** waits between calls that failed; default 1, 3 and 7 s */
  retryDelaysMs: number[]
  maxTurns: number
  contextLimit: number
  /** how long a run is deaf to `session/cancel` after its prompt; default 2 */
  deafMs: number
  /** a reader that is cut off while something is on its way takes that message with it */
  losesOneAtCut: boolean
}

export const modes = ["auto", "approve", "smart_approve", "chat"] as const
export type Mode = (typeof modes)[number]

/** @throws Error if the real one could not be used with these either */
export function settingsOf(environment: Record<string, string | undefined>): Settings {
  const mode = modes.find((known) => known === (environment.GOOSE_MODE ?? "auto"))
  if (!mode) throw new Error(`GOOSE_MODE is ${environment.GOOSE_MODE}`)
  if (!environment.HOME) throw new Error("HOME is missing")
  return {
    home: environment.HOME,
    host: environment.OPENAI_HOST ?? "https://api.openai.com",
    model: environment.GOOSE_MODEL ?? "",
    mode,
    secret: environment.GOOSE_SERVER__SECRET_KEY ?? "",
    namesSessions: environment.GOOSE_DISABLE_SESSION_NAMING !== "true",
    retryDelaysMs: environment.GOOSE_PROVIDER_SKIP_BACKOFF === "true" ? [0, 0, 0] : [1_000, 2_000, 4_000],
    maxTurns: Number(environment.GOOSE_MAX_TURNS ?? 1_000),
    contextLimit: Number(environment.GOOSE_CONTEXT_LIMIT ?? 128_000),
    deafMs: Number(environment.FAKE_GOOSE_DEAF_MS ?? 2),
    losesOneAtCut: environment.FAKE_GOOSE_LOSES_ONE_AT_CUT === "true",
  }
}
