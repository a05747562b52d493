import { tool } from "ai"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { readDocuments } from "#lib/documents.ts"
import { scriptedModel } from "#lib/models/demo/scripted.ts"
import { ask, clock, tools } from "./ask-scripted.ts"

describe("tools", () => {
  test.for([
    ["What is (84.60 + 12.40) * 1.175?", "calculate", "113.975"],
    ["What time is it in Tokyo?", "current_time", "21:00:00 GMT+9"],
    ["Who are you?", "search_docs", "say nothing about that"],
  ] as const)("%s → %s, and its result in the answer", async ([question, toolName, words]) => {
    const result = ask(question, { tools })
    const steps = await result.steps
    expect(steps).toHaveLength(2)
    expect(steps[0]?.toolResults.map((called) => called.toolName)).toEqual([toolName])
    expect(steps.map((step) => step.finishReason)).toEqual(["tool-calls", "stop"])
    expect(await result.text).toContain(words)
  })

  test("sections found in the documents are named", async () => {
    const found = tool({
      inputSchema: z.object({ query: z.string() }),
      execute: () => ({ sources: [{ number: 2, title: "Stop", path: "docs/how-it-works.md" }] }),
    })
    const text = await ask("Who are you?", { tools: { search_docs: found } }).text
    expect(text).toContain("- Stop (`docs/how-it-works.md`) [2]")
  })

  test.each([
    ["Call this chat: Numbers that add up", "Numbers that add up"],
    ['Please rename this conversation to "Sums".', "Sums"],
  ])("%s → rename_chat", async (question, title) => {
    const rename = tool({ inputSchema: z.object({ title: z.string() }), execute: (input) => input })
    const text = await ask(question, { tools: { rename_chat: rename } }).text
    expect(text).toContain(`This chat is called **${title}** now.`)
  })

  test("a failing tool is mentioned, and the answer continues", async () => {
    const text = await ask("What is 1 / 0?", { tools }).text
    expect(text).toContain("could not help this time")
    expect(text).toContain("## Tools and sources")
  })

  test("no tool is called if none is offered or wanted", async () => {
    expect(await ask("2 + 2").steps).toHaveLength(1)
    expect(await ask("2 + 2", { tools, toolChoice: "none" }).steps).toHaveLength(1)
  })

  test("a date or a range is not taken for a sum", async () => {
    const steps = await ask("Say 1-2 things on 2026-11-03", { tools }).steps
    expect(steps[0]?.toolCalls[0]?.toolName).toBe("search_docs")
  })
})

describe("parts besides the text", () => {
  test("reasoning comes first, unless it is switched off", async () => {
    expect(await ask("Hello").reasoningText).toContain("text that suits")
    const silent = scriptedModel({ wait: clock().wait, reasoning: false })
    expect(await ask("Hello", { model: silent }).reasoningText).toBeUndefined()
    expect(await ask("Hello", { reasoning: "none" }).reasoningText).toBeUndefined()
  })

  test("sections of the documents come as sources, and each exists", async () => {
    const sections = (await readDocuments()).flatMap(({ title, url, sections }) =>
      sections.map((section) => ({ url: `${url}#${section.anchor}`, title: `${title}: ${section.title}` })),
    )
    const sources = await ask("A long essay, please").sources
    expect(sources.length).toBeGreaterThan(5)
    for (const source of sources)
      expect(sections).toContainEqual({ url: "url" in source && source.url, title: source.title })
  })

  test("source numbers continue after those of a search", async () => {
    const url = "/docs/how-it-works#the-path-of-an-answer"
    const found = tool({
      inputSchema: z.object({ query: z.string() }),
      execute: () => ({
        sources: [
          { number: 1, url: "/docs/x" },
          { number: 2, url },
        ],
      }),
    })
    const answer = ask("What happens when I reload?", { tools: { search_docs: found } })
    expect(await answer.text).toContain("none comes twice [3].")
    expect(await answer.text).toContain("the same stream of events [2]:")
    expect((await answer.sources).map((source) => "url" in source && source.url)).toEqual([
      "/docs/how-it-works#following",
    ])
  })

  test("usage counts tokens in and out over all steps", async () => {
    const usage = await ask("2 + 2", { tools }).totalUsage
    expect(usage.inputTokens).toBeGreaterThan(10)
    expect(usage.outputTokens).toBeGreaterThan(300)
    expect(usage.outputTokenDetails.reasoningTokens).toBeGreaterThan(5)
  })

  test("generating without streaming gives the same content at once", async () => {
    const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "Hello" }] }]
    const { content } = await scriptedModel().doGenerate({ prompt })
    expect([...new Set(content.map((part) => part.type))]).toEqual(["reasoning", "text", "source"])
    expect(content.find((part) => part.type === "text")?.text).toBe(await ask("Hello").text)
  })
})
