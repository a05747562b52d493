import path from "node:path"
import { afterAll, beforeAll, beforeEach } from "vitest"
import type { ProviderCall } from "./provider.ts"
import { type GooseOptions, type StartedGoose, startGoose } from "./start-goose.ts"

/** The real Goose in `npm run test:goose`, the fake in all other runs. */
export const kindOfRun = process.env.GOOSE_KIND === "real" ? "real" : "fake"

/** Starts the Goose that this run is about. */
export async function startGooseOfRun(options: GooseOptions = {}): Promise<StartedGoose> {
  return await startGoose({ kind: kindOfRun, ...options })
}

export interface GooseOfFile {
  goose(): StartedGoose
  /** Lists what the running test has asked the provider. */
  calls(): ProviderCall[]
  /** Returns the path of a file in the folder where Goose works. */
  place(file: string): string
}

/** Starts a Goose for the tests of a file. Each test begins with a provider that holds nothing back. */
export function useGoose(options: GooseOptions = {}): GooseOfFile {
  let goose: StartedGoose
  let asked = 0
  beforeAll(async () => {
    goose = await startGooseOfRun(options)
  })
  beforeEach(() => {
    asked = goose.provider.calls.length
    goose.provider.release()
  })
  afterAll(() => goose.stop())
  return {
    goose: () => goose,
    calls: () => goose.provider.calls.slice(asked),
    place: (file) => path.join(goose.workDir, file),
  }
}
