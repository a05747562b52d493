import fc from "fast-check"
import { fromMarkdown } from "mdast-util-from-markdown"
import { expect, test } from "vitest"
import type { ChatMessage, ChatMessagePart, MessageMetadata } from "#lib/chat-protocol.ts"
import { chatMarkdown } from "#lib/export/chat-markdown.ts"
import { seeded } from "#tests/support/seeded-property.ts"

test("an exported chat has author, time and model, with short forms of tools, sources and attachments", () => {
  const document = markdownOf([
    message("user", [
      { type: "file", mediaType: "image/png", filename: "my_photo.png", url: "/api/files/1" },
      text("Hi\n\nthere"),
    ]),
    message(
      "assistant",
      [
        { type: "reasoning", text: "a thought" },
        {
          type: "tool-current_time",
          toolCallId: "1",
          state: "output-available",
          input: { zone: "Asia/Tokyo" },
          output: "noon",
        },
        text("It is **noon**.\n\n- one\n- two\n"),
        { type: "source-url", sourceId: "1", url: "https://example.com/a b?x=1&y=<2>", title: "A [title]" },
      ],
      { status: "STOPPED", model: "gpt_5", createdAt: "2026-11-21T08:13:00.000Z" },
    ),
  ])
  expect(document).toBe(`# A \\*title\\* \\# 1

*Exported 2026-11-21 09:00 UTC*

## You

- Attached: my\\_photo.png (image/png)

> Hi
>
> there

## Assistant

*2026-11-21 08:13 UTC · gpt\\_5*

- Used current\\_time: \`{"zone":"Asia/Tokyo"}\` → \`noon\`

It is **noon**.

- one
- two

Sources:

1. [A \\[title\\]](<https://example.com/a%20b?x=1&amp;y=%3C2%3E>)

*Stopped here.*
`)
})

test.each([
  ["a fence that is never closed", "```js\nconst x = 1"],
  ["a longer fence than closes it", "````\n```"],
  ["a fence of tildes", "~~~\n```"],
  ["a fence in a list", "- item\n\n  ```\n  code"],
  ["a fence after a list", "- item\n\n ```\ncode"],
  ["a fence in a list, and another after the list", "- a\n\n  ```\n  code\n\n```\nopen"],
  ["a comment", "<!-- never closed"],
  ["a script", "text\n<script>\nlet a"],
  ["a script in a list", "1. <pre>\ncode"],
  ["a processing instruction", "<?php"],
])("%s does not swallow the text after it", (_, broken) => {
  expect(headingsIn(markdownOf([message("user", [text(broken)]), message("assistant", [text(broken)]), said]))).toBe(3)
})

test("answers that close what they open are left unchanged", () => {
  const whole = "Before\n\n```html\n<script>\n```\n\n- a `<b>` c\n- > quoted\n\n````md\n```\n````\n\na < b"
  expect(markdownOf([message("assistant", [text(whole)])])).toContain(`\n\n${whole}\n`)
})

test("every message keeps its place in the document, whatever its text", () => {
  const piece = fc.constantFrom(
    ..."```|````|~~~|\n|\n\n| |    |\t|- |1. |> |<!--|-->|<script>|</script>|<div>|<?|]]>|$$|[a]: b|\\|`|word|\r|---|===|*|_|&".split(
      "|",
    ),
  )
  const anyText = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(""))
  fc.assert(
    fc.property(anyText, anyText, anyText, (question, answer, name) => {
      const tool: ChatMessagePart = {
        type: "dynamic-tool",
        toolName: `t${name}`,
        toolCallId: "1",
        state: "output-available",
        input: answer,
        output: { question },
      }
      const source: ChatMessagePart = {
        type: "source-url",
        sourceId: "1",
        url: `https://example.com/${name}`,
        title: question,
      }
      const file: ChatMessagePart = { type: "file", mediaType: "image/png", filename: name, url: "" }
      const document = markdownOf([
        message("user", [file, text(question)]),
        message("assistant", [tool, text(answer), source], { status: "ERROR", model: name }),
        said,
      ])
      expect(headingsIn(document)).toBe(3)
      expect(document.endsWith("## You\n\n> the last word\n")).toBe(true)
    }),
    seeded(1_000),
  )
})

const said = message("user", [text("the last word")])

function text(words: string): ChatMessagePart {
  return { type: "text", text: words }
}

test("U8 a picture from a tool is a note in the document, not the beginning of its bytes", () => {
  const picture = { type: "image", mimeType: "image/png", data: "iVBORw0KGgo".padEnd(40_000, "aB3") }
  const call = {
    type: "dynamic-tool",
    toolName: "draw",
    toolCallId: "1",
    state: "output-available",
    input: {},
  } as const
  const document = markdownOf([message("assistant", [{ ...call, output: { content: [picture] } }])])
  expect(document).toContain("[a picture: image/png, 30 kB]")
  expect(document).not.toContain("iVBORw")
})

test("B62 a tool's name and input bring neither HTML nor terminal codes into the document", () => {
  const name = "\u001b[31m<img src=x onerror=alert(1)>\u009b2J"
  const tool: ChatMessagePart = {
    type: "dynamic-tool",
    toolName: name,
    toolCallId: "1",
    state: "output-available",
    input: name,
    output: name,
  }
  const document = markdownOf([message("assistant", [tool])])
  expect(document.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u)
  expect(document).toContain("\\<img src=x onerror=alert(1)\\>")
})

test("a source that is a page of our own has its full address, because the file is read elsewhere", () => {
  const source = { type: "source-url", sourceId: "1", url: "/docs/how-it-works#stop", title: "Stop" } as const
  expect(markdownOf([message("assistant", [source])])).toContain(
    "1. [Stop](<https://chat.example/docs/how-it-works#stop>)",
  )
})

function message(
  role: "user" | "assistant",
  parts: ChatMessagePart[],
  metadata: Partial<MessageMetadata> = {},
): ChatMessage {
  return { id: crypto.randomUUID(), role, parts, metadata: { status: "COMPLETE", ...metadata } }
}

function markdownOf(messages: ChatMessage[]): string {
  return chatMarkdown({
    title: "A *title*\n# 1",
    agentName: "Assistant",
    messages,
    exportedAt: new Date("2026-11-21T09:00:00Z"),
    origin: "https://chat.example",
  })
}

/** Those that begin a message, at the margin, as a reader of Markdown takes them. */
function headingsIn(document: string): number {
  return fromMarkdown(document).children.filter(
    (node) =>
      node.type === "heading" &&
      node.depth === 2 &&
      node.position?.start.column === 1 &&
      ["You", "Assistant"].includes(plain(node)),
  ).length
}

function plain(node: { children: object[] }): string {
  return node.children.map((child) => ("value" in child ? String(child.value) : "")).join("")
}
