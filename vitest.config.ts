import { globSync, readFileSync } from "node:fs"
import { defineConfig } from "vitest/config"
import SlowFilesFirst from "./tests/support/slow-files-first.ts"

// What needs a production build comes after it: `test:faults`, `test:proxies`, `test:browser`, `test:engines`.
const exclude = ["tests/faults/rows/**", "tests/proxies/**", "tests/e2e/**", "tests/engines/**"]
const files = globSync("tests/**/*.test.{ts,tsx}", { exclude })
const needsPage = (file: string) => readFileSync(file, "utf8").startsWith("// @vitest-environment jsdom")

const common = {
  setupFiles: "tests/support/each-file.ts",
  // To load `node_modules` costs more than most files' tests: files share a process.
  isolate: false,
  // Only what hangs takes so long, however busy the machine is.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 30_000 } },
  restoreMocks: true,
  unstubGlobals: true,
  // A browser's EventSource, which Node has behind this flag.
  execArgv: ["--experimental-eventsource", "--disable-warning=UNDICI-ES"],
}

export default defineConfig({
  test: {
    globalSetup: "tests/support/global-setup.ts",
    // Two cores, and half of the time is waiting.
    maxWorkers: 3,
    sequence: { sequencer: SlowFilesFirst },
    teardownTimeout: 60_000,
    projects: [
      { test: { ...common, name: "page", environment: "jsdom", include: files.filter(needsPage) } },
      { test: { ...common, name: "server", include: files.filter((file) => !needsPage(file)) } },
    ],
  },
})
