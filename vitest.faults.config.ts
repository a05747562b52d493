import { defineConfig } from "vitest/config"

/** What it withstands, against real servers of the production build, on every relay or the one in STREAM_RELAY. */
const relays = process.env.STREAM_RELAY ? [process.env.STREAM_RELAY] : ["log", "pubsub"]

export default defineConfig({
  test: {
    // They mostly wait, for leases to run out and for servers to start. Their limits hold on a busy machine.
    maxWorkers: 4,
    projects: relays.map((relay) => ({
      test: {
        // Files share a process, because to load `node_modules` costs more than many of their tests.
        isolate: false,
        name: relay,
        provide: { relay: relay as "log" | "pubsub" },
        globalSetup: "tests/support/global-setup.ts",
        include: ["tests/faults/rows/*.test.ts"],
        // Without a relay they are all the same.
        exclude: relay === relays[0] ? [] : ["tests/faults/rows/switched-off.test.ts"],
        testTimeout: 300_000,
        hookTimeout: 300_000,
        // Only what never happens takes that long, however busy the machine.
        expect: { poll: { timeout: 60_000 } },
      },
    })),
  },
})
