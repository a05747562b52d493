#!/usr/bin/env bash
# @ai-sdk/openai-compatible 3.0.92: the choices that a streamed answer consists of.
#
# Guess:  a chunk names its choice by `index`; an answer consists of choice 0, and the others are ignored.
# Seen:   `index` is ignored: the first element of each chunk's list counts. A server that streams two choices in
#         chunks of their own (as the protocol allows, and as `n: 2` is streamed) gets both mixed into one answer.
# For us: setting n in a model's settings gives a text that no choice contains.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @ai-sdk/openai-compatible@3.0.92
cat >run.mjs <<'JS'
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"

const chunk = (index, delta, finish_reason = null) => ({ id: "1", choices: [{ index, delta, finish_reason }] })
const chunks = [
  chunk(0, { content: "The answer " }),
  chunk(1, { content: "Another one " }),
  chunk(0, { content: "is 42." }),
  chunk(1, { content: "is 43." }),
  chunk(0, {}, "stop"),
  chunk(1, {}, "length"),
]
const body = `${chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("")}data: [DONE]\n\n`
const provider = createOpenAICompatible({
  name: "server",
  baseURL: "http://server.invalid/v1",
  fetch: async () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
})
const prompt = [{ role: "user", content: [{ type: "text", text: "What is the answer?" }] }]
const { stream } = await provider("model").doStream({ prompt })
let text = ""
for await (const part of stream) {
  if (part.type === "text-delta") text += part.delta
  if (part.type === "finish") console.log(`${text} [${part.finishReason.unified}]`)
}
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = "The answer Another one is 42.is 43. [length]" ] || { echo "CHANGED" >&2; exit 1; }
