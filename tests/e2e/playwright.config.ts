import { defineConfig, devices } from "@playwright/test"
import { findOrInstall } from "../support/debian.ts"

const launchOptions = {
  executablePath: findOrInstall("chromium", "chromium"),
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
  // Two cores: one for the browser, one for the server and the rest.
  workers: 1,
  // Long enough for a machine that has other things to do: it costs time only where something fails.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  // Without pictures of every moment: they would take what two cores have left.
  use: { launchOptions, trace: { mode: "retain-on-failure", screenshots: false } },
  projects: [
    { name: "desktop", use: { viewport: { width: 1280, height: 800 } }, testIgnore: "**/phone.spec.ts" },
    {
      name: "phone",
      use: { ...devices["Pixel 7"], defaultBrowserType: "chromium" },
      testMatch: ["**/phone.spec.ts", "**/access.spec.ts"],
    },
  ],
})
