/**
 * The services of this process. Next keeps a module graph of its own for routes, pages and instrumentation; only
 * `globalThis` is shared by them. What builds the services is loaded by the one that builds them: it is most of the code.
 */
import type { Services } from "#lib/build-services.ts"
import { loadConfig } from "#lib/config.ts"

export type { Services } from "#lib/build-services.ts"

declare global {
  var rejoinServices: Promise<Services> | undefined
}

/** @returns the process's services, built at the first call; a failed build is tried anew at the next */
export function getServices(): Promise<Services> {
  globalThis.rejoinServices ??= build().catch((error: unknown) => {
    globalThis.rejoinServices = undefined
    throw error
  })
  return globalThis.rejoinServices
}

/** @returns undefined while they are being built */
export function getBuiltServices(): Promise<Services | undefined> {
  return Promise.race([getServices(), Promise.resolve(undefined)])
}

async function build(): Promise<Services> {
  const config = loadConfig()
  const { buildServices } = await import("#lib/build-services.ts")
  return buildServices(config)
}
