// @vitest-environment jsdom
import type { DynamicToolUIPart } from "ai"
import { act } from "react"
import { expect, test, vi } from "vitest"
import { ToolCall } from "#components/messages/tool-call.tsx"
import { byTestId, find, mount } from "../../mount.ts"
import { agentPart } from "./agent-part.ts"

const waiting = { state: "approval-requested", approval: { id: "p1" } } as const

test("a command that waits is asked about in a sentence, whole, and may run once or not at all", async () => {
  const onDecide = vi.fn()
  const command = `echo ${"a long word ".repeat(3_000)}; rm -rf /tmp/the-end`
  const container = await mount(<Call {...waiting} input={{ command }} onDecide={onDecide} />)
  const question = byTestId(container, "approval")
  expect(question.querySelector("p")?.textContent).toBe("Goose wants to run this command:")
  expect(byTestId(container, "command-line").textContent).toBe(`$ ${command}`)
  expect(byTestId(container, "command-line").className, "nothing is cut or scrolled away").not.toMatch(/max-h|overflow/)
  const buttons = [...question.querySelectorAll("button")]
  expect(buttons.map(({ textContent }) => textContent)).toEqual(["Allow once", "Decline"])
  const about = document.getElementById(buttons[0]?.getAttribute("aria-describedby") ?? "")
  expect(about?.textContent, "a screen reader reads the command with the button").toContain("/tmp/the-end")
  act(() => buttons[0]?.click())
  act(() => buttons[1]?.click())
  expect(onDecide.mock.calls).toEqual([[{ approvalId: "p1", approved: true }], [{ approvalId: "p1", approved: false }]])
})

test("no character of a waiting command can hide another", async () => {
  const command = "echo safe\u202e #\u001b[2K\rrm -rf ~\u200b\n\techo\u00a0end"
  const container = await mount(<Call {...waiting} input={{ command }} onDecide={vi.fn()} />)
  expect(byTestId(container, "command-line").textContent).toBe(
    "$ echo safe‹U+202E› #‹U+001B›[2K‹U+000D›rm -rf ~‹U+200B›\n\techo‹U+00A0›end",
  )
})

test("another tool of an agent is named, and its whole input shown", async () => {
  const content = "a line that is long. ".repeat(2_000)
  const input = { path: "/srv/notes.md", content: `${content}the last words` }
  const container = await mount(<Call {...waiting} toolName="write" input={input} onDecide={vi.fn()} />)
  const question = byTestId(container, "approval")
  expect(question.querySelector("p")?.textContent).toBe("Goose wants to use “Write”. This is its input:")
  expect(question.textContent).toContain("/srv/notes.md")
  expect(question.textContent).toContain("the last words")
})

test("a written file is named in the row", async () => {
  const input = { content: "words", path: "/srv/notes.md" }
  const container = await mount(<Call toolName="write" input={input} state="output-available" output="Wrote 1 line" />)
  expect(find(container, "summary").textContent).toBe("Write/srv/notes.mddone")
  const details = [...container.querySelectorAll("dd")].map(({ textContent }) => textContent)
  expect(details).toEqual([JSON.stringify(input, null, 2), "Wrote 1 line"])
})

test("a tool of an MCP server has its title, and a call that could not be read says so", async () => {
  const callProviderMetadata = { goose: { title: "ourtools: weather" } }
  const tool = { toolName: "ourtools__weather", callProviderMetadata, input: { city: "Oslo" } }
  const named = await mount(<Call {...tool} state="output-available" output="rain" />)
  expect(find(named, "summary").textContent).toBe("Ourtools: weatherOslodone")
  const unreadable = { toolName: "unknown", callProviderMetadata: { goose: { title: "error" } }, input: {} }
  const failed = await mount(<Call {...unreadable} state="output-error" errorText="Tool not found" />)
  expect(find(failed, "summary").textContent).toBe("Unreadable callfailed")
  expect(failed.textContent).toContain("Tool not found")
})

test("a plan is a list of what is done, under way and to do", async () => {
  const entries = [
    { content: "Read the code", status: "completed", priority: "medium" },
    { content: "Write <b>tests</b>", status: "in_progress", priority: "high" },
    { content: "Run them", status: "pending", priority: "low" },
  ]
  for (const call of [
    { input: { entries } },
    { input: {}, state: "output-available" as const, output: { entries } },
    { input: entries },
  ]) {
    const container = await mount(<Call toolName="plan" {...call} />)
    expect(find(container, "summary").textContent).toBe("Plan1 of 3 done · Write <b>tests</b>")
    const items = [...container.querySelectorAll("[data-testid=plan] li")].map(({ textContent }) => textContent)
    expect(items).toEqual(["Read the code, done", "Write <b>tests</b>, in progressimportant", "Run them, to do"])
  }
})

test("a tool of ours that is called `shell` or `plan` is shown as every other", async () => {
  const container = await mount(
    <Call providerExecuted={false} {...waiting} input={{ command: "ls" }} onDecide={vi.fn()} />,
  )
  expect(container.textContent).toContain("“Shell” runs only if you approve it.")
  expect([...container.querySelectorAll("button")].map(({ textContent }) => textContent)).toEqual(["Approve", "Deny"])
})

function Call({ onDecide, ...call }: Partial<DynamicToolUIPart> & { onDecide?: () => void }) {
  return <ToolCall part={agentPart(call)} isLive={!onDecide} agentName="Goose" onDecide={onDecide} />
}
