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
  // Two cores, and each test waits for most of its time. Every worker has a browser and a server of its own.
  workers: 2,
  // Long enough for a machine that has other things to do: it costs time only where something fails.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  forbidOnly: true,
  // A record of every moment costs time in the tests that pass, too: `npm run test:browser -- --trace on` makes one.
  // And without movement, but for the tests about it: to paint a page sixty times a second costs as much as all the rest.
  use: { launchOptions, screenshot: "only-on-failure", contextOptions: { reducedMotion: "reduce" } },
  projects: [
    { name: "desktop", use: { viewport: { width: 1280, height: 800 } }, testIgnore: "**/phone.spec.ts" },
    {
      name: "phone",
      use: { ...devices["Pixel 7"], defaultBrowserType: "chromium" },
      testMatch: ["**/phone.spec.ts", "**/access.spec.ts"],
    },
  ],
})

/** Finds Chromium without the interface of a window, which takes half the CPU time; the whole one where that is not to be found. */
function findBrowser(): string {
  try {
    return findOrInstall("chromium-headless-shell", "chromium-headless-shell")
  } catch {
    return findOrInstall("chromium", "chromium")
  }
}
