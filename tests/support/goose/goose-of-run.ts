import { type GooseOptions, type StartedGoose, startGoose } from "./start-goose.ts"

/** The real Goose in `npm run test:goose`, the fake in all other runs. */
export const kindOfRun = process.env.GOOSE_KIND === "real" ? "real" : "fake"

/** Starts the Goose that this run is about. */
export async function startGooseOfRun(options: GooseOptions = {}): Promise<StartedGoose> {
  return await startGoose({ kind: kindOfRun, ...options })
}
