import { expect, test } from "vitest"
import { provisionalTitle, titleFrom } from "#lib/generation/titles.ts"

const longQuestion = "I have been wondering for a while now what it takes for an answer to survive a reload of its page"

test.each([
  ["a plain question stays what it is", "What time is it in Tokyo?", "It is noon.", "What time is it in Tokyo?"],
  ["politeness goes", "Hi there! Could you please compare tea and coffee.", "Sure.", "Compare tea and coffee"],
  ["of several sentences the first counts", "Fix my regex. It is slow.\nVery slow.", "## Regex", "Fix my regex"],
  [
    "a long question gives way to the answer's heading",
    longQuestion,
    "Well.\n\n## **Surviving** a `reload`:\n",
    "Surviving a reload",
  ],
  ["a heading within code is none", longQuestion, "```sh\n# install\n```\n### Steps", "Steps"],
  ["a greeting gives way to the heading, too", "hi", "# Welcome\n", "Welcome"],
  ["without a heading it stays a greeting", "hello", "Hello!", "Hello"],
  ["version numbers do not end a sentence", "Upgrade Node 20.11 to 24", "Done.", "Upgrade Node 20.11 to 24"],
  ["other scripts are left as they are", "東京は何時ですか？ありがとう", "## 正午", "東京は何時ですか？"],
])("%s", (_, question, answer, title) => {
  expect(titleFrom({ question, answer })).toBe(title)
})

test("what is too long is cut between words, never within a sign", () => {
  const title = titleFrom({ question: longQuestion, answer: "no heading" })
  expect(title).toBe("I have been wondering for a while now what it takes for an…")
  const signs = provisionalTitle([{ type: "text", text: "🧵".repeat(60) }])
  expect(signs.length).toBeLessThanOrEqual(60)
  expect(signs.isWellFormed()).toBe(true)
})

test("a message without words is a new chat", () => {
  expect(provisionalTitle([{ type: "file", mediaType: "image/png", url: "data:image/png;base64,AA==" }])).toBe(
    "New chat",
  )
  expect(provisionalTitle([])).toBe("New chat")
})
