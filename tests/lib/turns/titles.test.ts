import { expect, test } from "vitest"
import { titleIn } from "#lib/turns/title-text.ts"
import { provisionalTitle, titleFrom } from "#lib/turns/titles.ts"

const longQuestion = "I have been wondering for a while now what it takes for an answer to survive a reload of its page"
const cutQuestion = "I have been wondering for a while now what it takes for an…"

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
  ["nor is one within a longer fence", longQuestion, "````md\n```\n# install\n````\n### Steps", "Steps"],
  ["nor one within code that was cut off", longQuestion, "Like this:\n\n- ```sh\n  # a\n# install", cutQuestion],
  ["a greeting gives way to the heading, too", "hi", "# Welcome\n", "Welcome"],
  ["without a heading it stays a greeting", "hello", "Hello!", "Hello"],
  ["version numbers do not end a sentence", "Upgrade Node 20.11 to 24", "Done.", "Upgrade Node 20.11 to 24"],
  ["other scripts are left as they are", "東京は何時ですか？ありがとう", "## 正午", "東京は何時ですか？"],
])("%s", (_, question, answer, title) => {
  expect(titleFrom({ question, answer })).toBe(title)
})

test("a long title is cut between words, never within a character", () => {
  const title = titleFrom({ question: longQuestion, answer: "no heading" })
  expect(title).toBe(cutQuestion)
  const signs = provisionalTitle([{ type: "text", text: "🧵".repeat(60) }])
  expect(signs.length).toBeLessThanOrEqual(60)
  expect(signs.isWellFormed()).toBe(true)
})

test("a message without words is titled as a new chat", () => {
  expect(provisionalTitle([{ type: "file", mediaType: "image/png", url: "data:image/png;base64,AA==" }])).toBe(
    "New chat",
  )
  expect(provisionalTitle([])).toBe("New chat")
})

const wanted = "Numbers that add up"

test.each([
  ["a thought before it", `<think>\nhm\n</think>\n\n${wanted}`],
  ["a thought whose beginning is missing", `The user wants a title.\n</think>\n${wanted}`],
  ["a thought in brackets", `[THINK]hm[/THINK]${wanted}`],
  [
    "gpt-oss's own marks",
    `<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>${wanted}`,
  ],
  ["a template's end mark", `${wanted}<|im_end|>`],
  ["an object", `{"title": "${wanted}"}`],
  ["an object in a fence", `\`\`\`json\n{\n  "title": "${wanted}"\n}\n\`\`\``],
  ["an object that is cut off", `{"title": "${wanted}`],
  ["an object with another name", `{"chat_title": "${wanted}", "emoji": "🧮"}`],
  ["a list of one", `["${wanted}"]`],
  ["a fence", `\`\`\`\n${wanted}\n\`\`\``],
  ["a longer fence", `\`\`\`\`text\n${wanted}\n\`\`\`\``],
  ["a bold label", `**Title:** ${wanted}`],
  ["a bold whole", `**Title: ${wanted}**`],
  ["a heading", `# ${wanted}`],
  ["a label of its own", `Title: "${wanted}."`],
  ["a label in German", `Titel: ${wanted}`],
  ["quotes of any kind", `„${wanted}“`],
  ["double quotes and a full stop", `"${wanted}".`],
  ["bold quotes", `**"${wanted}"**`],
  ["a polite beginning on the same line", `Sure! Here is a title for this conversation: ${wanted}`],
  ["a polite beginning on a line of its own", `Here's a title:\n\n${wanted}`],
  ["a thought aloud before it", `Okay, the user asks for a title.\nIt should be short.\n\n${wanted}`],
  ["a list to choose from", `1. ${wanted}\n2. Sums\n3. More sums`],
  ["bullets", `- ${wanted}\n- Sums`],
  ["several lines", `${wanted}\nThis names the chat after its question.`],
  ["a sentence that names it", `A fitting title would be "${wanted}" since it is short.`],
  ["tags", `<title>${wanted}</title>`],
  ["a box", `\\boxed{${wanted}}`],
  ["spaces and line breaks", `\n\n  ${wanted}  \n`],
])("U5 a title is found in %s", (_, reply) => {
  expect(titleIn(reply)).toBe(wanted)
})

test.each([
  ["nothing", ""],
  ["white space", " \n\n "],
  ["a thought alone", "<think>\nhm\n</think>"],
  ["a thought that never ended", "<think>\nOkay, so the user adds numbers"],
  ["a thought aloud", "Okay, the user asks for a title"],
  ["another one", "The user wants to add numbers. I need a short title."],
  ["a refusal", "I'm sorry, but I can't help with that."],
  ["a refusal in German", "Es tut mir leid, das kann ich nicht."],
  [
    "a whole sentence of refusal",
    "As an AI language model, I am not able to give titles to conversations that I have not been part of, sadly.",
  ],
  ["an object without one", '{"emoji": "🧮"}'],
  ["an object with an empty one", '{"title": ""}'],
  ["an empty list", "[]"],
  ["a mark", "…"],
  ["an emoji", "🧮🧮"],
  ["two letters", "Hi"],
  ["a fence around nothing", "```\n```"],
  [
    "an answer",
    "2 + 3 is 5, since adding three to two gives five. If you would like, I can show more sums, or explain why.",
  ],
])("U5 %s contains no title", (_, reply) => {
  expect(titleIn(reply)).toBeUndefined()
})

test.each([
  "So long, and thanks",
  "First steps in Rust",
  "The user interface of a chat",
  "Titles of Nobility",
  "I, Robot explained",
  "Okay Kanban versus Scrum",
  "C# and F#: which one",
  "[RFC] A new header",
  "What snake_case is, and 2 * 3",
  "東京の時刻",
])("U5 “%s” is accepted as a title", (title) => {
  expect(titleIn(title)).toBe(title)
})

test("U5 a title that is a little too long ends between two words", () => {
  const title = titleIn("How the sums of many small numbers come to be larger than anybody thought")
  expect(title).toBe("How the sums of many small numbers come to be larger than…")
})
