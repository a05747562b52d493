import { expect, test } from "vitest"
import { finishedSentences } from "#components/announcer/finished-sentences.ts"

/** Returns the sentences taken from a text that arrives in pieces of a given length. */
function heardOf(text: string, chars: number): string[] {
  const heard: string[] = []
  let start = 0
  for (let length = chars; length < text.length + chars; length += chars) {
    const isEnded = length >= text.length
    const { sentences, end } = finishedSentences(text.slice(0, length), start, isEnded)
    heard.push(...sentences)
    start = end
  }
  return heard
}

const text = `## A title

First sentence, with **bold words** and a [link](https://example.com/a). Is this \`code\`? Yes!

- one thing
- another

| Name | Size |
|---|---|
| Redis | small |

\`\`\`ts
const some = "Not spoken. Never."
\`\`\`

The last words`

const sentences = [
  "A title",
  "First sentence, with bold words and a link.",
  "Is this code?",
  "Yes!",
  "one thing",
  "another",
  "Name, Size",
  "Redis, small",
  "A code block.",
  "The last words",
]

test.each([1, 3, 7, 40, 1_000])(
  "at %i characters at a time, each sentence is taken once, when it is complete",
  (chars) => {
    expect(heardOf(text, chars)).toEqual(sentences)
  },
)

test("a sentence is complete only when more text follows, or none can", () => {
  expect(finishedSentences("Version 3. And", 0, false).sentences).toEqual(["Version 3."])
  expect(finishedSentences("Version 3.", 0, false)).toEqual({ sentences: [], end: 0 })
  expect(finishedSentences("Version 3.", 0, true).sentences).toEqual(["Version 3."])
})

test("code still being written is held back, and so is the text after it", () => {
  expect(finishedSentences("Look:\n```ts\nconst a = 1\n", 0, false)).toEqual({ sentences: ["Look:"], end: 6 })
})

test("sentence marks of other languages end a sentence", () => {
  expect(finishedSentences("これは文です。次の", 0, false).sentences).toEqual(["これは文です。"])
  expect(finishedSentences("هل هذا سؤال؟ نعم", 0, false).sentences).toEqual(["هل هذا سؤال؟"])
})
