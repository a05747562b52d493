// @vitest-environment jsdom
import { act } from "react"
import { expect, test, vi } from "vitest"
import { DemoPage } from "#components/demo/demo-page.tsx"
import { byTestId, mount } from "./mount.ts"

test.each([
  ["cannot be reached", () => Promise.reject(new TypeError("no network"))],
  ["refuses", () => Response.json({}, { status: 404 })],
])("the demo says that nothing was broken if the server %s", async (_, answer) => {
  const { happening, restart } = await demo(answer)
  await restart()
  expect(happening().dataset["happening"]).toBe("notRestarted")
  expect(happening().textContent).toContain("nothing was broken. Try again")
})

test("once the log is lost the demo says what to watch", async () => {
  const { happening, restart } = await demo(() => Response.json({ restarted: "memory" }))
  await restart()
  expect(happening().dataset["happening"]).toBe("restarted")
})

async function demo(answer: () => Response | Promise<Response>) {
  vi.stubGlobal("fetch", async () => answer())
  const container = await mount(<DemoPage chatId={crypto.randomUUID()} isSignedIn restartableStore="memory" />)
  const button = [...container.querySelectorAll("button")].find(({ textContent }) => textContent?.includes("log"))
  return {
    happening: () => byTestId(container, "happening"),
    restart: () => act(async () => button?.click()),
  }
}
