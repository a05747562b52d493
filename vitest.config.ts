import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    globalSetup: "tests/support/global-setup.ts",
    setupFiles: "tests/support/sane-timers.ts",
    include: ["tests/**/*.test.ts", "tests/**/*.test.tsx"],
    // What needs a production build comes after it: `test:faults`, `test:proxies`, `test:browser`, `test:engines`.
    exclude: ["tests/faults/rows/**", "tests/proxies/**", "tests/e2e/**", "tests/engines/**"],
    // Two cores, and much of it is waiting.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Nothing is promised within the second that polls have otherwise.
    expect: { poll: { timeout: 10_000 } },
    restoreMocks: true,
  },
})
