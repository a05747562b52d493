// @vitest-environment jsdom
import { act } from "react"
import { expect, test, vi } from "vitest"
import { loadMarkdown } from "#components/markdown/markdown.tsx"
import { Answer } from "#components/messages/message.tsx"
import { UserMessage } from "#components/messages/user-message.tsx"
import { PanelContext, panelStore } from "#components/panel/panel-store.ts"
import type { ChatMessage, ChatMessagePart, MessageStatus, UserDecision } from "#lib/chat-protocol.ts"
import { byTestId, find, mount } from "../mount.ts"

await loadMarkdown()

test.each<[MessageStatus, string]>([
  ["ERROR", "The answer broke off. The text so far is kept."],
  ["STOPPED", "Stopped. The text so far is kept."],
  ["INTERRUPTED", "The server that was writing this answer stopped. The text so far is kept."],
])(
  "an answer that ended as %s keeps its text, says how it ended, and can be continued or retried",
  async (status, sentence) => {
    const onRegenerate = vi.fn()
    const onContinue = vi.fn()
    const container = await mount(answer({ status, onRegenerate, onContinue }))
    expect(container.textContent).toContain("Half an answer")
    expect(container.textContent).toContain(sentence)
    expect(byTestId(container, "message-assistant").dataset["status"]).toBe(status.toLowerCase())
    act(() => byTestId(container, "continue").click())
    expect(onContinue).toHaveBeenCalledExactlyOnceWith("a1")
    act(() => byTestId(container, "retry").click())
    expect(onRegenerate).toHaveBeenCalledExactlyOnceWith("a1")
  },
)

test("the server's sentence about an error comes before our general one", async () => {
  const error = { code: "provider_timeout", message: "The model stopped sending." }
  const container = await mount(answer({ status: "ERROR", error }))
  expect(container.textContent).toContain("The model stopped sending.")
  expect(container.textContent).not.toContain("broke off")
})

test("an answer that failed before its first word says so instead of waiting for ever", async () => {
  const actions = { onRegenerate: vi.fn(), onContinue: vi.fn() }
  const container = await mount(answer({ status: "ERROR", parts: [], ...actions }))
  expect(container.textContent).toContain("The answer broke off.")
  byTestId(container, "retry")
  expect(container.querySelector("[data-testid=continue]"), "there is nothing to go on with").toBeNull()
  expect(container.querySelector("[data-testid=skeleton]")).toBeNull()
})

test("a complete answer has no notice, and cannot be regenerated while another is written", async () => {
  const container = await mount(answer({ status: "COMPLETE" }))
  expect(byTestId(container, "message-assistant").dataset["status"]).toBe("complete")
  expect(container.querySelector("[data-testid=retry]")).toBeNull()
  expect(labels(container)).toEqual(["Copy"])
})

test("an earlier answer can be regenerated, and a note says that later messages are kept", async () => {
  const onRegenerate = vi.fn()
  const container = await mount(answer({ status: "STOPPED", isLast: false, onRegenerate }))
  expect(container.querySelector("[data-testid=retry]"), "that is for the last one").toBeNull()
  const button = find(container, "[aria-label='Regenerate']")
  expect(button.dataset["tooltip"]).toContain("later messages are kept")
  act(() => button.click())
  expect(onRegenerate).toHaveBeenCalledExactlyOnceWith("a1")
})

test("F47 a complete answer that was cut names the limit, is no failure, and can be continued if there is more", async () => {
  const onContinue = vi.fn()
  const container = await mount(answer({ status: "COMPLETE", cutBy: "length", onContinue }))
  expect(container.textContent).toContain("The answer reached the maximum length.")
  expect(container.querySelector("[data-testid=retry]")).toBeNull()
  act(() => byTestId(container, "continue").click())
  expect(onContinue).toHaveBeenCalledExactlyOnceWith("a1")
  const heldBack = await mount(answer({ status: "COMPLETE", cutBy: "content-filter", onContinue }))
  expect(heldBack.textContent).toContain("withheld the rest of this answer")
  expect(heldBack.querySelector("[data-testid=continue]")).toBeNull()
})

test("an answer that ended well without a word says so, and can be retried", async () => {
  const onRegenerate = vi.fn()
  const container = await mount(answer({ status: "COMPLETE", parts: [{ type: "step-start" }], onRegenerate }))
  expect(container.textContent).toContain("The model gave an empty answer.")
  act(() => byTestId(container, "retry").click())
  expect(onRegenerate).toHaveBeenCalledOnce()
})

test("a live answer is marked as streaming, and offers no action that needs its end", async () => {
  const container = await mount(answer({ status: "STREAMING", isLive: true, onRegenerate: vi.fn() }))
  expect(byTestId(container, "message-assistant").dataset["status"]).toBe("streaming")
  expect(container.textContent).not.toContain("Still being written")
  expect(labels(container)).toEqual([])
})

test("an answer being written elsewhere says that it continues", async () => {
  const container = await mount(answer({ status: "STREAMING" }))
  expect(container.textContent).toContain("Still being written on the server.")
})

test.each<[string, MessageStatus, boolean]>([
  ["live", "SENDING", true],
  ["stored by a server that is at it", "SENDING", false],
])("an answer without a word yet, %s, shows that it is awaited", async (_, status, isLive) => {
  const container = await mount(answer({ status, isLive, parts: [{ type: "step-start" }] }))
  byTestId(container, "skeleton")
})

test("B62 a tool call shows its name and input, escaped and without terminal codes", async () => {
  const part: ChatMessagePart = {
    type: "dynamic-tool",
    toolName: "\u001b[31m<img src=x onerror=alert(1)>_tool",
    toolCallId: "t1",
    state: "output-available",
    input: { query: "\u001b[31m<script>alert(2)</script>" },
    output: { found: "<iframe src=//evil.example>" },
  }
  const container = await mount(answer({ status: "COMPLETE", parts: [part] }))
  expect(container.querySelector("img, script, iframe")).toBeNull()
  expect(container.textContent).toContain("<img src=x onerror=alert(1)> tool")
  expect(container.textContent).toContain("<script>alert(2)</script>")
  expect(container.textContent).not.toContain("\u001b")
})

test.each<[string, boolean, Partial<ChatMessagePart>, string]>([
  ["running", true, { state: "input-available" }, "running…"],
  ["without an end in an answer that has ended", false, { state: "input-available" }, "failed"],
  [
    "that tells of its progress",
    true,
    { state: "output-available", preliminary: true, output: { progress: "Reading" } },
    "Reading…",
  ],
  ["that the user denied", false, { state: "output-denied" }, "denied"],
  ["that nobody decided on", false, { state: "approval-requested", approval: { id: "p1" } }, "not decided"],
  ["that failed", false, { state: "output-error", errorText: "Division by zero" }, "Division by zero"],
])("a tool call %s shows its state", async (_, isLive, state, text) => {
  const part = { type: "tool-calculate", toolCallId: "t1", input: { expression: "1 / 0" }, ...state } as ChatMessagePart
  const container = await mount(answer({ status: isLive ? "STREAMING" : "STOPPED", isLive, parts: [part] }))
  expect(container.textContent).toContain("Calculate")
  expect(container.textContent).toContain(text)
})

test("a waiting call asks in a sentence, shows its input, and takes one decision", async () => {
  const onDecide = vi.fn()
  const input = { title: "<b>Numbers</b>" }
  const waiting = {
    type: "tool-rename_chat",
    toolCallId: "t1",
    state: "approval-requested",
    approval: { id: "p1" },
    input,
  }
  const parts = [waiting as ChatMessagePart]
  const container = await mount(answer({ status: "COMPLETE", parts, onDecide }))
  const question = byTestId(container, "approval")
  expect(question.textContent).toContain("“Rename chat” runs only if you approve it.")
  expect(question.textContent).toContain("<b>Numbers</b>")
  act(() => byTestId(container, "approve").click())
  act(() => byTestId(container, "deny").click())
  expect(onDecide.mock.calls).toEqual([
    ["a1", { approvalId: "p1", approved: true }],
    ["a1", { approvalId: "p1", approved: false }],
  ])
  const live = await mount(answer({ status: "STREAMING", isLive: true, parts, onDecide }))
  expect(live.querySelector("[data-testid=approve]"), "nothing is decided while it is written").toBeNull()
})

test("sources are numbered, appear once each, and only if a browser may open them", async () => {
  const urls = [
    "https://one.example/a",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://one.example/a",
    "http://two.example/",
  ]
  const parts = urls.map(
    (url, index): ChatMessagePart => ({ type: "source-url", sourceId: String(index), url, title: `<b>${index}` }),
  )
  const container = await mount(answer({ status: "COMPLETE", parts }))
  const links = [...container.querySelectorAll("a")]
  expect(links.map((link) => link.getAttribute("href"))).toEqual(["https://one.example/a", "http://two.example/"])
  expect(links.every((link) => link.rel.includes("noopener") && link.target === "_blank")).toBe(true)
  expect(byTestId(container, "sources").getAttribute("aria-label")).toBe("2 sources")
})

test("a user's message is shown as typed, not as Markdown", async () => {
  const text = "**not bold**\n<script>alert(1)</script>"
  const container = await mount(
    <UserMessage
      onEdit={undefined}
      onSwitch={undefined}
      message={{ id: "u1", role: "user", parts: [{ type: "text", text }] }}
    />,
  )
  const message = byTestId(container, "message-user")
  expect(message.dataset["messageId"]).toBe("u1")
  expect(message.textContent).toBe(text)
})

test("artifacts are rows that open in the panel, escaped, under their own names", async () => {
  const content = "<script>alert(1)</script>\nsecond line"
  const metadata = {
    status: "COMPLETE" as const,
    artifacts: [
      { type: "IDE", content },
      { type: "MY_KIND", content },
    ],
  }
  const panel = panelStore()
  const container = await mount(
    <PanelContext value={panel}>
      <UserMessage onEdit={undefined} onSwitch={undefined} message={{ id: "u1", role: "user", parts: [], metadata }} />
    </PanelContext>,
  )
  const rows = [...container.querySelectorAll<HTMLButtonElement>("[data-testid=artifact]")]
  expect(container.querySelector("script")).toBeNull()
  expect(rows.map((row) => row.textContent)).toEqual([
    "From the editor<script>alert(1)</script>2 lines",
    "My kind<script>alert(1)</script>2 lines",
  ])
  act(() => rows[1]?.click())
  expect(panel.item()).toMatchObject({ title: "My kind", kind: "code", content: { text: content } })
})

interface AnswerOptions {
  status: MessageStatus
  error?: { code: string; message: string }
  cutBy?: NonNullable<ChatMessage["metadata"]>["cutBy"]
  parts?: ChatMessagePart[]
  isLive?: boolean
  isLast?: boolean
  onRegenerate?: (messageId: string) => void
  onContinue?: (messageId: string) => void
  onDecide?: (messageId: string, decision: UserDecision) => void
}

function answer(options: AnswerOptions) {
  const { status, error, cutBy, parts, isLive = false, isLast = true, onRegenerate, onContinue, onDecide } = options
  const message: ChatMessage = {
    id: "a1",
    role: "assistant",
    parts: parts ?? [{ type: "text", text: "Half an answer" }],
    metadata: { status, ...(error && { error }), ...(cutBy && { cutBy }) },
  }
  const actions = { isLive, isLast, onRegenerate, onContinue, onDecide }
  return <Answer onSwitch={undefined} message={message} agentName="Assistant" {...actions} />
}

function labels(container: HTMLElement): (string | null)[] {
  return [...container.querySelectorAll("button")].map((button) => button.getAttribute("aria-label"))
}
