import { defineConfig } from "vitest/config"

/** What it withstands, against real servers of the production build, on every relay or the one in STREAM_RELAY. */
const relays = process.env.STREAM_RELAY ? [process.env.STREAM_RELAY] : ["log", "pubsub"]

export default defineConfig({
  test: {
    // Each file runs two servers; more at once would measure the machine.
    maxWorkers: 2,
    projects: relays.map((relay) => ({
      test: {
        name: relay,
        provide: { relay: relay as "log" | "pubsub" },
        globalSetup: "tests/support/global-setup.ts",
        include: ["tests/faults/rows/*.test.ts"],
        testTimeout: 180_000,
        hookTimeout: 120_000,
        // Nothing is promised within the second that polls have otherwise.
        expect: { poll: { timeout: 10_000 } },
      },
    })),
  },
})
