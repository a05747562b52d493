import { defineConfig } from "vitest/config"

/** What we know of Goose, against Goose itself: apart from `npm test`, which runs the same suite against the fake. */
export default defineConfig({
  test: {
    globalSetup: ["tests/support/global-setup.ts", "tests/support/goose/install-real.ts"],
    setupFiles: "tests/support/each-file.ts",
    env: { GOOSE_KIND: "real" },
    include: ["tests/goose/**/*.test.ts"],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
  },
})
