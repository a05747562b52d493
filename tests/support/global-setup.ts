import type { TestProject } from "vitest/node"
import { type PostgresCluster, startPostgres } from "./databases/postgres.ts"

declare global {
  /** one for all projects of a run, each of which has this module for itself */
  var postgresOfRun: Promise<PostgresCluster> | undefined
}

export async function setup(project: TestProject): Promise<void> {
  try {
    globalThis.postgresOfRun ??= startPostgres()
    const { url } = await globalThis.postgresOfRun
    project.provide("postgres", { url })
  } catch (error) {
    // Only the tests that need a Postgres fail, each with this sentence.
    project.provide("postgres", { missing: error instanceof Error ? error.message : String(error) })
  }
}

export async function teardown(): Promise<void> {
  const cluster = await globalThis.postgresOfRun?.catch(() => undefined)
  globalThis.postgresOfRun = undefined
  await cluster?.stop()
}
