import type { LanguageModelV4Prompt } from "@ai-sdk/provider"
import { expect, test } from "vitest"
import { goosePrompt } from "#lib/models/goose/prompt.ts"

const marker = "The user's message (1):"
const turn = { marker, isNew: true, takesImages: true }

function user(text: string): LanguageModelV4Prompt[number] {
  return { role: "user", content: [{ type: "text", text }] }
}

function withFile(mediaType: string, data: string | Uint8Array, filename = "file"): LanguageModelV4Prompt {
  return [{ role: "user", content: [{ type: "file", mediaType, filename, data: { type: "data", data } }] }]
}

test.each(["/clear", " \n/compact", "/"])("a text such as %j is never the beginning of a prompt", (text) => {
  const { blocks } = goosePrompt([user(text)], { ...turn, isNew: false })
  expect(blocks).toEqual([
    { type: "text", text: `${marker}\n` },
    { type: "text", text },
  ])
})

test("an old message that begins with a slash is no command either", () => {
  const { blocks } = goosePrompt([user("/clear"), user("hello")], turn)
  expect(blocks[0]).toMatchObject({ text: expect.stringMatching(/^[^/\s]/) })
})

test("a new session is told the history once, and a known one only the question", () => {
  const history: LanguageModelV4Prompt = [
    { role: "system", content: "Be brief." },
    user("first"),
    {
      role: "assistant",
      content: [
        { type: "text", text: "looking" },
        { type: "tool-call", toolCallId: "1", toolName: "shell", input: { command: "uname" } },
      ],
    },
    {
      role: "tool",
      content: [{ type: "tool-result", toolCallId: "1", toolName: "shell", output: { type: "text", value: "a.txt" } }],
    },
    user("second"),
  ]
  const { blocks } = goosePrompt(history, turn)
  const said = blocks[0]?.type === "text" ? blocks[0].text : ""
  for (const word of ["Be brief.", "first", "looking", "uname", "a.txt"]) expect(said.split(word)).toHaveLength(2)
  expect(said).not.toContain("second")
  expect(blocks.slice(1)).toEqual([{ type: "text", text: "second" }])
  expect(JSON.stringify(goosePrompt(history, { ...turn, isNew: false }).blocks)).not.toContain("first")
})

test("a long history keeps its newest part and stays within 200 kB", () => {
  const history = Array.from({ length: 100 }, (_, index) => user(`${index}-${"x".repeat(5_000)}`))
  const { blocks } = goosePrompt([...history, user("now")], turn)
  const said = blocks[0]?.type === "text" ? blocks[0].text : ""
  expect(said.length).toBeLessThan(201_000)
  expect(said).toContain("99-x")
  expect(said).not.toContain("\n0-x")
})

test("a prompt is never empty, and an answer that broke off in a tool is gone on with", () => {
  for (const prompt of [[user("  ")], [user("question"), { role: "assistant" as const, content: [] }]]) {
    const { blocks } = goosePrompt(prompt, turn)
    expect(blocks.at(-1)).toEqual({ type: "text", text: "Go on with your last answer." })
  }
})

test("pictures go as bytes, text files as text, and no file as a link", () => {
  expect(goosePrompt(withFile("image/png", new Uint8Array([1, 2])), turn).blocks[1]).toEqual({
    type: "image",
    mimeType: "image/png",
    data: "AQI=",
  })
  expect(goosePrompt(withFile("text/plain", "aGVsbG8=", "a b.txt"), turn).blocks[1]).toEqual({
    type: "resource",
    resource: { uri: "attachment:///a%20b.txt", mimeType: "text/plain", text: "hello" },
  })
})

test("what Goose does not take is only named, and the user is told", () => {
  const pdf = goosePrompt(withFile("application/pdf", "AA==", "paper.pdf"), turn)
  expect(pdf.blocks[1]).toMatchObject({ text: expect.stringContaining("paper.pdf") })
  expect(pdf.warnings).toEqual([{ type: "unsupported", feature: "pdf" }])
  const picture = goosePrompt(withFile("image/png", "AA=="), { ...turn, takesImages: false })
  expect(picture.blocks[1]).toMatchObject({ type: "text" })
  expect(picture.warnings).toEqual([{ type: "unsupported", feature: "image" }])
})
