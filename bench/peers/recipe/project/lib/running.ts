const everywhere = globalThis as typeof globalThis & { running?: Map<string, AbortController> }
everywhere.running ??= new Map()

/** What stops an answer, by its stream. On `globalThis`, because each of Next's routes has its own modules. */
export const running = everywhere.running
