// @vitest-environment jsdom
import type { DynamicToolUIPart } from "ai"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect, test } from "vitest"
import { ToolCall } from "#components/messages/tool-call.tsx"
import { byTestId, find, mount } from "../../mount.ts"
import { agentPart } from "./agent-part.ts"

const result = (output: unknown): Partial<DynamicToolUIPart> => ({ state: "output-available", output }) as object

test("a running command is named in its row, and shows both of its outputs as they grow", async () => {
  const page = await grow()
  await page.show({})
  expect(find(page.container, "summary").textContent).toBe("Shellnpm testrunning…")
  expect(page.container.textContent).toContain("No output yet.")
  await page.show({ ...result({ stdout: "ok 1\n", stderr: "" }), preliminary: true })
  await page.show({ ...result({ stdout: "ok 1\nok 2\n", stderr: "warned\n" }), preliminary: true })
  expect(outputs(page.container)).toEqual(["ok 1\nok 2\n", "warned\n"])
  await page.show(result({ stdout: "ok 1\nok 2\nok 3\n", stderr: "warned\n", exit_code: 0 }))
  expect(outputs(page.container)).toEqual(["ok 1\nok 2\nok 3\n", "warned\n"])
  expect(find(page.container, "summary").textContent).toBe("Shellnpm testdone")
})

test("what has been shown of a command stays while it runs, though only its newest output comes", async () => {
  const lines = Array.from({ length: 20 }, (_, index) => `this is line ${index} of the output\n`)
  const page = await grow()
  await page.show({ ...result({ stdout: lines.slice(0, 8).join(""), stderr: "" }), preliminary: true })
  await page.show({ ...result({ stdout: lines.slice(4, 12).join(""), stderr: "" }), preliminary: true })
  expect(outputs(page.container)).toEqual([lines.slice(0, 12).join("")])
  await page.show({ ...result({ stdout: lines.slice(15).join(""), stderr: "" }), preliminary: true })
  const gap = "… some output left out …\n"
  expect(outputs(page.container)).toEqual([`${lines.slice(0, 12).join("")}${gap}${lines.slice(15).join("")}`])
})

test.each<[string, Partial<DynamicToolUIPart>]>([
  ["in an error", { state: "output-error", errorText: '{"stdout":"ok 1","stderr":"no such file","exit_code":3}' }],
  ["in a result", result({ stdout: "ok 1", stderr: "no such file", exit_code: 3 })],
])("a command that failed says so with its exit code, and keeps its outputs: %s", async (_, ending) => {
  const container = await mount(<Call {...ending} />)
  const row = find(container, "summary")
  expect(row.textContent).toBe("Shellnpm testfailed, exit code 3")
  expect(row.querySelector(".text-failed")?.textContent).toBe("failed, exit code 3")
  expect(outputs(container)).toEqual(["ok 1", "no such file"])
})

test("a failure told in words is read, too", async () => {
  const errorText = "no such file\nCommand exited with code 3"
  const container = await mount(<Call state="output-error" errorText={errorText} />)
  expect(find(container, "summary").textContent).toContain("failed, exit code 3")
  expect(outputs(container)).toEqual(["no such file"])
})

test("it says when older output was left out, and when there was none", async () => {
  const long = Array.from({ length: 1_000 }, (_, index) => `line ${index}\n`).join("")
  const cut = await mount(<Call {...result({ stdout: long.slice(-8_000), stderr: "" })} preliminary />)
  expect(cut.textContent).toContain("Earlier output is left out.")
  const page = await grow()
  await page.show({ ...result({ stdout: long.slice(0, 7_000), stderr: "" }), preliminary: true })
  await page.show({ ...result({ stdout: long.slice(500, 8_500), stderr: "" }), preliminary: true })
  expect(page.container.textContent?.includes("Earlier output"), "this page has had it").toBe(false)
  const silent = await mount(<Call {...result({ stdout: "", stderr: "", exit_code: 0 })} />)
  expect(silent.textContent).toContain("No output.")
  expect(silent.textContent).not.toContain("left out")
})

test("a declined command shows no words that were meant for the model", async () => {
  const errorText = "The user has declined to run this tool. DO NOT attempt to call it again."
  const approval = { id: "p1", approved: false as never }
  const container = await mount(<Call state="output-error" errorText={errorText} approval={approval} />)
  expect(find(container, "summary").textContent).toContain("declined")
  expect(container.textContent).not.toContain("DO NOT")
})

test("terminal codes and markup in a command's output are harmless", async () => {
  const container = await mount(<Call {...result({ stdout: "\u001b[31m<img src=x>\u001b[0m", stderr: "" })} />)
  expect(container.querySelector("img")).toBeNull()
  expect(outputs(container)).toEqual(["<img src=x>"])
})

test("an open block follows the end of its output, until its reader scrolls up", async () => {
  const page = await grow()
  await page.show({ ...result({ stdout: "one\n", stderr: "" }), preliminary: true })
  const block = byTestId(page.container, "command-output")
  giveHeights(block, { clientHeight: 100, scrollHeight: 500 })
  await page.show({ ...result({ stdout: "one\ntwo\n", stderr: "" }), preliminary: true })
  expect(block.scrollTop).toBe(500)
  scrollTo(block, 120)
  await page.show({ ...result({ stdout: "one\ntwo\nthree\n", stderr: "" }), preliminary: true })
  expect(block.scrollTop, "the reader stays where they are").toBe(120)
  scrollTo(block, 400)
  await page.show({ ...result({ stdout: "one\ntwo\nthree\nfour\n", stderr: "" }), preliminary: true })
  expect(block.scrollTop, "back at the end, it follows again").toBe(500)
})

function Call(call: Partial<DynamicToolUIPart>) {
  return <ToolCall part={agentPart(call)} isLive agentName="Goose" onDecide={undefined} />
}

async function grow() {
  const container = await mount(<div data-testid="place" />)
  const root = createRoot(byTestId(container, "place"))
  return { container, show: (call: Partial<DynamicToolUIPart>) => act(async () => root.render(<Call {...call} />)) }
}

function outputs(container: HTMLElement): (string | null)[] {
  return [...container.querySelectorAll("[data-testid=command-output]")].map(({ textContent }) => textContent)
}

/** jsdom lays nothing out. */
function giveHeights(element: HTMLElement, heights: { clientHeight: number; scrollHeight: number }): void {
  for (const [name, value] of Object.entries(heights)) Object.defineProperty(element, name, { value })
}

function scrollTo(element: HTMLElement, top: number): void {
  element.scrollTop = top
  act(() => void element.dispatchEvent(new Event("scroll")))
}
