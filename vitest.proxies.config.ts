import { defineConfig } from "vitest/config"

/** Real servers of the production build behind real proxies, each as `docs/how/deployment.md` configures it. */
export default defineConfig({
  test: {
    globalSetup: "tests/support/proxies/install.ts",
    include: ["tests/proxies/*.test.ts"],
    maxWorkers: 2,
    maxConcurrency: 8,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
  },
})
