#!/usr/bin/env bash
# @google/genai 3.3.0, `chats.create().sendMessageStream()`: which turns the next prompt still knows.
#
# Guess:  a whole answer is in the next prompt; of one that its reader left, or whose connection broke, at least the
#         question is, and perhaps the words that were shown.
# Seen:   of a turn that was left or cut nothing is: the second question is sent as if it were the first. The same happens
#         to a whole answer, read to its end, if its last event has no content of its own: a finish reason that comes alone, or
#         a last event of usage only. An event with an empty text keeps the turn. Nothing says so; `getHistory()` shows it.
# For us: what a model is told comes from what was stored, and what was stored from what was shown, never from a client's
#         memory of its own streams (lib/prompt/prompt.ts).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @google/genai@3.3.0
cat >run.mjs <<'JS'
import { createServer } from "node:http"
import { GoogleGenAI } from "@google/genai"

const content = (text) => ({ role: "model", parts: [{ text }] })
const answers = {
  whole: [{ content: content("one ") }, { content: content("two"), finishReason: "STOP" }],
  "left by its reader": [{ content: content("one ") }, "silence"],
  cut: [{ content: content("one ") }, "cut"],
  "finish with an empty text": [{ content: content("one two") }, { content: content(""), finishReason: "STOP" }],
  "finish alone": [{ content: content("one two") }, { finishReason: "STOP" }],
  "usage last": [{ content: content("one two"), finishReason: "STOP" }, undefined],
}
let answer
let prompts
const server = createServer(async (request, response) => {
  let body = ""
  for await (const piece of request) body += piece
  prompts.push(JSON.parse(body).contents.map(({ parts }) => parts.map(({ text }) => text).join("")))
  response.writeHead(200, { "content-type": "text/event-stream" })
  for (const candidate of prompts.length === 1 ? answer : answers.whole) {
    if (candidate === "silence") return
    if (candidate === "cut") return setTimeout(() => response.destroy(), 100)
    const event = { ...(candidate && { candidates: [candidate] }), usageMetadata: { totalTokenCount: 3 } }
    response.write(`data: ${JSON.stringify(event)}\n\n`)
  }
  response.end()
})
await new Promise((ready) => server.listen(0, "127.0.0.1", ready))
const httpOptions = { baseUrl: `http://127.0.0.1:${server.address().port}` }

for (const name of Object.keys(answers)) {
  answer = answers[name]
  prompts = []
  const chat = new GoogleGenAI({ apiKey: "key", httpOptions }).chats.create({ model: "m" })
  try {
    for await (const _ of await chat.sendMessageStream({ message: "first question" }))
      if (name === "left by its reader") break
  } catch (error) {
    if (name !== "cut") throw error
  }
  for await (const _ of await chat.sendMessageStream({ message: "second question" }));
  console.log(`${name}: ${prompts[1].filter((text) => text !== "").join(" | ")}`)
}
process.exit()
JS
seen=$(node run.mjs)
echo "$seen"
expected='whole: first question | one  | two | second question
left by its reader: second question
cut: second question
finish with an empty text: first question | one two | second question
finish alone: second question
usage last: second question'
[ "$seen" = "$expected" ] || { echo "CHANGED" >&2; exit 1; }
