import { defineConfig } from "vitest/config"

/** The core cases in Firefox and WebKit, against the production build: after `npm run build`, apart from `npm test`. */
export default defineConfig({
  test: {
    maxWorkers: 1,
    include: ["tests/engines/*.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000, interval: 50 } },
  },
})
