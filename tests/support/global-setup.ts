import type { TestProject } from "vitest/node"
import { type PostgresCluster, startPostgres } from "./databases/postgres.ts"

let cluster: PostgresCluster | undefined

export async function setup(project: TestProject): Promise<void> {
  try {
    cluster = await startPostgres()
    project.provide("postgres", { url: cluster.url })
  } catch (error) {
    // Only the tests that need a Postgres fail, each with this sentence.
    project.provide("postgres", { missing: error instanceof Error ? error.message : String(error) })
  }
}

export async function teardown(): Promise<void> {
  await cluster?.stop()
}
