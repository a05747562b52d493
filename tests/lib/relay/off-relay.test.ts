import { expect, test } from "vitest"
import { offRelay } from "#lib/relay/off-relay.ts"
import { relayContract } from "#tests/contracts/relay-contract.ts"

relayContract({
  name: "the relay that is switched off",
  canBeFollowed: false,
  open: () => ({
    here: offRelay(),
    there: offRelay(),
    openSubscriptions: () => 0,
    loseMessages: () => undefined,
    forget: async () => undefined,
    kill: async () => undefined,
  }),
})

test("an error thrown by a source is reported with its stream", async () => {
  const told = Promise.withResolvers<unknown[]>()
  const relay = offRelay({ onProblem: (...problem) => told.resolve(problem) })
  const cause = new Error("the provider broke")
  await relay.resumableStream("a stream", () => {
    throw cause
  })
  expect(await told.promise).toEqual([cause, "a stream"])
})
