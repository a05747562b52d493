import { defineConfig, devices } from "@playwright/test"
import { findOrInstall } from "../support/debian.ts"

const launchOptions = {
  executablePath: findBrowser(),
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ],
}

export default defineConfig({
  testDir: ".",
  outputDir: "../results/browser",
  reporter: [["list"], ["json", { outputFile: "../results/browser.json" }]],
  // Two workers, because each test mostly waits. Each has a browser and a server of its own.
  workers: 2,
  // Long enough for a busy machine; costs time only in a test that fails.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  forbidOnly: true,
  // Recording a trace costs time in tests that pass, too: `npm run test:browser -- --trace on` makes one. Motion is
  // reduced except in tests about it: painting a page sixty times a second costs as much as everything else.
  use: { launchOptions, screenshot: "only-on-failure", contextOptions: { reducedMotion: "reduce" } },
  projects: [
    { name: "desktop", use: { viewport: { width: 1280, height: 800 } }, testIgnore: "**/phone.spec.ts" },
    {
      name: "phone",
      use: { ...devices["Pixel 7"], defaultBrowserType: "chromium" },
      testMatch: ["**/phone.spec.ts", "**/access.spec.ts", "**/agent.spec.ts"],
    },
  ],
})

/** Finds the headless shell of Chromium, which takes half the CPU time, or else the full browser. */
function findBrowser(): string {
  try {
    return findOrInstall("chromium-headless-shell", "chromium-headless-shell")
  } catch {
    return findOrInstall("chromium", "chromium")
  }
}
