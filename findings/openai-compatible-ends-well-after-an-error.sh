#!/usr/bin/env bash
# @ai-sdk/openai-compatible 3.0.92: an error object in the middle of a stream that goes on behind it.
#
# Guess:  the error is the end: what comes behind it is not read, or the finish says "error".
# Seen:   an error part is given, then more text, and the finish says "stop". A body that only breaks off says "error".
# For us: whoever looks at the finish alone stores a failed answer as a whole one, and whoever looks at the first error
#         alone throws away the text that a gateway went on to send after trying another upstream.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @ai-sdk/openai-compatible@3.0.92
cat >run.mjs <<'JS'
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"

const chunk = (delta, finish_reason = null) => ({ id: "1", choices: [{ index: 0, delta, finish_reason }] })

async function told(chunks) {
  const body = chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("")
  const provider = createOpenAICompatible({
    name: "server",
    baseURL: "http://server.invalid/v1",
    fetch: async () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
  })
  const prompt = [{ role: "user", content: [{ type: "text", text: "hello" }] }]
  const { stream } = await provider("model").doStream({ prompt })
  const parts = []
  for await (const part of stream) {
    if (part.type === "text-delta") parts.push(part.delta)
    if (part.type === "error") parts.push("error")
    if (part.type === "finish") parts.push(`finish ${part.finishReason.unified}`)
  }
  return parts.join(", ")
}
const failed = { error: { message: "upstream failed", code: 502 } }
console.log(await told([chunk({ content: "one" }), failed, chunk({ content: "two" }), chunk({}, "stop")]))
console.log(await told([chunk({ content: "one" })]))
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'one, error, two, finish stop\none, error, finish error' ] || { echo "CHANGED" >&2; exit 1; }
