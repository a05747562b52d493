/** Answers of an agent that runs elsewhere: what it thinks, runs and asks (this file runs in both projects). */
import type { Locator, Page } from "@playwright/test"
import type { UIMessageChunk } from "ai"
import { expectForEveryone, prepareAudit } from "../support/audit.ts"
import { type ScriptedAnswer, scriptAnswers } from "../support/scripted-answer.ts"
import { movesIn, noteMoves } from "../support/seen-moves.ts"
import { answerIn, ask, test as base, expect, withMotion } from "../support/world.ts"

const test = base.extend<{ agent: ScriptedAnswer }>({
  agent: async ({ page }, use) => {
    const agent = await scriptAnswers(page)
    await use(agent)
    await agent.close()
  },
})

test.beforeEach(async ({ context }) => {
  test.slow()
  await prepareAudit(context)
})

const command = "npm test -- --reporter=dot"
const line = (number: number) => `ok ${number} - a test that passes\n`
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => line(from + index)).join("")

test("a running command is one quiet row, which opens to its output and follows its end", async ({ page, agent }) => {
  await begin(page, agent)
  agent.send(...thought("I should run the tests first."), ...call("c1", "shell", { command }))
  const row = answerIn(page).locator("summary").filter({ hasText: "Shell" })
  await expect(row).toContainText(command)
  agent.send(printed("c1", lines(0, 200)))
  await row.click()
  const output = page.getByTestId("command-output")
  await expect(output).toContainText(line(199).trim())
  await expect.poll(() => fromEnd(output)).toBeLessThan(3)
  agent.send(printed("c1", lines(150, 260)))
  await expect(output).toContainText(line(259).trim())
  await expect.poll(() => fromEnd(output)).toBeLessThan(3)
  await expectForEveryone(page, "a running command")

  await output.hover()
  await expect(async () => {
    await page.mouse.wheel(0, -100)
    expect(await fromEnd(output)).toBeGreaterThan(50)
  }).toPass()
  const place = await output.evaluate((block) => block.scrollTop)
  agent.send(printed("c1", lines(200, 320)))
  await expect(output).toContainText(line(319).trim())
  expect(await output.evaluate((block) => block.scrollTop), "the reader stays where they are").toBe(place)

  agent.send(
    { type: "tool-output-error", toolCallId: "c1", errorText: `${line(1)}Command exited with code 3`, ...elsewhere },
    ...call("c2", "write", { path: "/srv/notes.md", content: "# Notes" }),
    { type: "tool-output-available", toolCallId: "c2", output: "Wrote 1 line", ...elsewhere },
    ...call("c3", "plan", {}),
    { type: "tool-output-available", toolCallId: "c3", output: { entries: plan }, ...elsewhere },
    ...call("c4", "unknown", {}),
    { type: "tool-output-error", toolCallId: "c4", errorText: "Tool not found", ...elsewhere },
    ...text("t1", "One test fails. I will look at it."),
  )
  await expect(row).toContainText("failed, exit code 3")
  agent.finish({ usage: { ...used, isLowerBound: true }, tookMs: 4_200 })
  await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
  await answerIn(page).locator("summary").filter({ hasText: "Plan" }).click()
  await expect(page.getByTestId("plan").getByRole("listitem")).toHaveCount(3)
  await expect(answerIn(page)).toContainText("at least 505 tokens")
  await expectForEveryone(page, "commands and a plan that have ended")
})

test("a command that waits is shown whole and decided by keyboard", async ({ page, agent }) => {
  const long = `for file in ${"some/long/path/to/a/file.ts ".repeat(40)}; do\n  rm "$file"\ndone && echo the-very-end`
  await begin(page, agent)
  agent.send(...text("t1", "I would like to clean up."), ...call("c1", "shell", { command: long }))
  agent.send({ type: "tool-approval-request", approvalId: "p1", toolCallId: "c1" })
  agent.finish()
  const question = page.getByRole("group", { name: /wants to run this command/ })
  await expect(question).toContainText("the-very-end")
  await expect(page.getByTestId("command-line")).toBeVisible()
  const hidden = await page.getByTestId("command-line").evaluate((block) => block.scrollHeight - block.clientHeight)
  expect(hidden, "nothing of it has to be scrolled into view").toBeLessThanOrEqual(0)
  await expect(question.getByRole("button")).toHaveText(["Allow once", "Decline"])
  await expectForEveryone(page, "a command that waits")
  await question.getByRole("button", { name: "Allow once" }).focus()
  await page.keyboard.press("Enter")
  await expect.poll(() => agent.decisions).toEqual([expect.objectContaining({ approvalId: "p1", approved: true })])
})

test.describe("with motion", () => {
  test.use(withMotion)

  test("words that are replaced neither move nor fade in again, and are read aloud once", async ({ page, agent }) => {
    const paragraph = (number: number) => `This is paragraph ${number} of what was said, long enough to be seen.`
    const said = (missing: string) =>
      Array.from({ length: 30 }, (_, index) => paragraph(index) + (index === 12 ? missing : "")).join("\n\n")
    await begin(page, agent)
    for (const [index, piece] of said("")
      .split(/(?<=\n\n)/)
      .entries())
      agent.send(...(index === 0 ? text("t1", piece).slice(0, 2) : [delta("t1", piece)]))
    await expect(answerIn(page)).toContainText("paragraph 29")
    const scrolled = () => page.locator("[data-scroll]").evaluate((list) => list.scrollTop)
    await expect.poll(() => fromEnd(page.locator("[data-scroll]"))).toBeLessThan(3)
    await page.locator("[data-scroll]").hover()
    await page.mouse.wheel(0, -400)
    await expect.poll(() => fromEnd(page.locator("[data-scroll]"))).toBeGreaterThanOrEqual(399)
    await noteMoves(page)
    const before = await scrolled()
    await page.evaluate(noteShortest)
    agent.send({ type: "reset-step" })
    agent.send(...text("t2", said(" These were lost.").slice(0, 600)).slice(0, 2))
    agent.send(delta("t2", said(" These were lost.").slice(600)), { type: "text-end", id: "t2" })
    await expect(answerIn(page)).toContainText("These were lost.")
    agent.finish()
    await expect(answerIn(page)).toHaveAttribute("data-status", "complete")
    expect(await page.evaluate(() => (window as unknown as { shortest: number }).shortest)).toBeGreaterThan(1_500)
    expect(await scrolled()).toBe(before)
    expect(await movesIn(page)).toEqual([])
    const spoken = await page.getByTestId("announcer").locator("p").allTextContents()
    expect(spoken.filter((sentence) => sentence.includes("paragraph 29")).length).toBeLessThanOrEqual(1)
    expect(spoken.at(-1)).toBe("The answer is complete.")
  })
})

const elsewhere = { providerExecuted: true, dynamic: true } as const
const used = { inputTokens: 303, outputTokens: 202, cachedInputTokens: 0, reasoningTokens: 0, estimated: false }
const plan = [
  { content: "Run the tests", status: "completed" },
  { content: "Find out why one fails", status: "in_progress" },
  { content: "Mend it", status: "pending" },
]

async function begin(page: Page, agent: ScriptedAnswer): Promise<void> {
  await page.goto("/agent/assistant")
  await ask(page, "Do the tests pass?")
  await expect.poll(() => agent.begun).toBe(1)
}

function thought(words: string): UIMessageChunk[] {
  return [
    { type: "reasoning-start", id: "r1" },
    { type: "reasoning-delta", id: "r1", delta: words },
    { type: "reasoning-end", id: "r1" },
  ]
}

function text(id: string, words: string): UIMessageChunk[] {
  return [{ type: "text-start", id }, delta(id, words), { type: "text-end", id }]
}

function delta(id: string, words: string): UIMessageChunk {
  return { type: "text-delta", id, delta: words }
}

function call(toolCallId: string, toolName: string, input: object): UIMessageChunk[] {
  return [{ type: "tool-input-available", toolCallId, toolName, input, ...elsewhere }]
}

function printed(toolCallId: string, stdout: string): UIMessageChunk {
  return { type: "tool-output-available", toolCallId, output: { stdout, stderr: "" }, preliminary: true, ...elsewhere }
}

function fromEnd(scrolled: Locator): Promise<number> {
  return scrolled.evaluate((list) => list.scrollHeight - list.clientHeight - list.scrollTop)
}

/** Notes the shortest text that the answer ever has from now on. */
function noteShortest(): void {
  const answer = document.querySelector("[data-testid=message-assistant]")
  const measured = window as unknown as { shortest: number }
  measured.shortest = Number.POSITIVE_INFINITY
  const measure = () => (measured.shortest = Math.min(measured.shortest, answer?.textContent?.length ?? 0))
  if (answer) new MutationObserver(measure).observe(answer, { childList: true, characterData: true, subtree: true })
}
