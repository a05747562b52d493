import type { LanguageModelV4Message, LanguageModelV4Prompt } from "@ai-sdk/provider"
import fc from "fast-check"
import { expect, test } from "vitest"
import { validPrompt } from "#lib/models/prompt-shape.ts"
import { seeded } from "#tests/support/seeded-property.ts"

const text = fc.constantFrom("", " \n", "hello", "and on").map((words) => ({ type: "text" as const, text: words }))
const thought = fc.constant({ type: "reasoning" as const, text: "hm" })
const file = fc.constant({
  type: "file" as const,
  mediaType: "image/png",
  data: { type: "data" as const, data: "AA==" },
})
const callId = fc.constantFrom("a", "b", "c")
const call = fc.record({
  type: fc.constant("tool-call" as const),
  toolCallId: callId,
  toolName: fc.constantFrom("look", "functions.look", ""),
  input: fc.constantFrom<unknown>({ at: 1 }, '{"at": 1', "at", [1], 5, true, null, undefined),
})
const result = callId.map((toolCallId) => ({
  type: "tool-result" as const,
  toolCallId,
  toolName: "look",
  output: { type: "text" as const, value: "seen" },
}))
const few = { maxLength: 3 }
const message: fc.Arbitrary<LanguageModelV4Message> = fc.oneof(
  fc.constantFrom("", "Be kind.").map((content) => ({ role: "system" as const, content })),
  fc.array(fc.oneof(text, file), few).map((content) => ({ role: "user" as const, content })),
  fc
    .uniqueArray(fc.oneof(text, thought, call), {
      ...few,
      selector: (part) => ("toolCallId" in part ? part.toolCallId : part),
    })
    .map((content) => ({ role: "assistant" as const, content })),
  fc.array(result, few).map((content) => ({ role: "tool" as const, content })),
)

test("D9 U2 U3 U4 any prompt is brought into shape, and a second pass changes nothing", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), (prompt) => {
      const shaped = validPrompt(prompt)
      expect(problemsOf(shaped)).toEqual([])
      expect(validPrompt(shaped)).toEqual(shaped)
      // The users' text and files are all there, in order.
      expect(saidByUsers(shaped)).toEqual(saidByUsers(prompt))
    }),
    seeded(500),
  )
})

test("D9 merged neighbours keep their files and their order, and two answers stay two paragraphs", () => {
  const picture = { type: "file" as const, mediaType: "image/png", data: { type: "data" as const, data: "AA==" } }
  const said = (words: string) => ({ type: "text" as const, text: words })
  expect(
    validPrompt([
      { role: "user", content: [picture, said("what is this?")] },
      { role: "user", content: [said("and this?"), picture] },
      { role: "assistant", content: [said("A cat.")] },
      { role: "assistant", content: [said("A dog.")] },
      { role: "user", content: [said("thanks")] },
    ]),
  ).toEqual([
    { role: "user", content: [picture, said("what is this?"), said("and this?"), picture] },
    { role: "assistant", content: [said("A cat."), said("\n\nA dog.")] },
    { role: "user", content: [said("thanks")] },
  ])
})

test("D8 a thought is sent back with its call or with its provider's signature, and otherwise dropped", () => {
  const hm = { type: "reasoning" as const, text: "hm", providerOptions: { rejoin: { tookMs: 7 } } }
  const signed = { ...hm, providerOptions: { anthropic: { signature: "s" } } }
  const [, plain, , both, , calling] = validPrompt([
    { role: "user", content: [{ type: "text", text: "one" }] },
    { role: "assistant", content: [hm, { type: "text", text: "two" }] },
    { role: "user", content: [{ type: "text", text: "three" }] },
    { role: "assistant", content: [signed, { type: "text", text: "four" }] },
    { role: "user", content: [{ type: "text", text: "five" }] },
    { role: "assistant", content: [hm, { type: "tool-call", toolCallId: "a", toolName: "look", input: {} }] },
  ])
  const typesOf = (given: LanguageModelV4Message | undefined) =>
    Array.isArray(given?.content) ? given.content.map(({ type }) => type) : []
  expect(typesOf(plain)).toEqual(["text"])
  expect(typesOf(both)).toEqual(["reasoning", "text"])
  expect(typesOf(calling)).toEqual(["reasoning", "tool-call"])
})

function problemsOf(prompt: LanguageModelV4Prompt): string[] {
  const problems: string[] = []
  const said = prompt.filter(({ role }) => role !== "system")
  if (prompt.slice(0, prompt.length - said.length).some(({ role }) => role !== "system")) problems.push("system later")
  if (said[0]?.role !== "user") problems.push("begins with the assistant")
  if (said.at(-1)?.role === "assistant") problems.push("ends with the assistant")
  for (const [index, { role, content }] of said.entries()) {
    const before = said[index - 1]
    const asked = callIdsOf(before)
    if (role === before?.role) problems.push("two of one role")
    if (role === "user" && before?.role === "tool") problems.push("user after tool")
    if (content.length === 0) problems.push("empty")
    if (typeof content === "string") continue
    if (content.every((part) => (part.type === "text" ? part.text.trim() === "" : part.type === "reasoning")))
      problems.push("says nothing")
    const answered = content.flatMap((part) => (part.type === "tool-result" ? [part.toolCallId] : []))
    if (answered.toSorted().join() !== (role === "tool" ? asked.toSorted().join() : "")) problems.push("results")
    if (role !== "tool" && asked.length > 0) problems.push("a call without a result")
    for (const part of content)
      if (part.type === "tool-call" && (!/^[\w-]+$/.test(part.toolName) || JSON.stringify(part.input)?.[0] !== "{"))
        problems.push("a call said badly")
  }
  return problems
}

function callIdsOf(given: LanguageModelV4Message | undefined): string[] {
  if (given?.role !== "assistant") return []
  return given.content.flatMap((part) => (part.type === "tool-call" ? [part.toolCallId] : []))
}

function saidByUsers(prompt: LanguageModelV4Prompt): string[] {
  const added = ["(What was said before this is left out.)", "Go on."]
  return prompt
    .flatMap((given) => (given.role === "user" ? given.content : []))
    .map((part) => (part.type === "text" ? part.text : part.mediaType))
    .filter((words) => words.trim() !== "" && !added.includes(words))
}
