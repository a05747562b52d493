#!/usr/bin/env bash
# @ai-sdk/openai-compatible 3.0.92: a token count that is sent once and not repeated.
#
# Guess:  usage that comes in several chunks adds up, or each number stays until it is replaced.
# Seen:   the last chunk's usage replaces all of it, and its missing numbers are 0: 900 prompt tokens sent with the finish
#         are gone when a last chunk says only completion_tokens. They are not undefined, as without any usage.
# For us: a bill that trusts it charges nothing for the prompt; "not reported" looks like "none".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @ai-sdk/openai-compatible@3.0.92
cat >run.mjs <<'JS'
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"

async function inputTokens(...usages) {
  const chunks = [
    { id: "1", choices: [{ index: 0, delta: { content: "hi" }, finish_reason: "stop" }] },
    ...usages.map((usage) => ({ id: "1", choices: [], usage })),
  ]
  const body = `${chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("")}data: [DONE]\n\n`
  const provider = createOpenAICompatible({
    name: "server",
    baseURL: "http://server.invalid/v1",
    fetch: async () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
  })
  const prompt = [{ role: "user", content: [{ type: "text", text: "hello" }] }]
  const { stream } = await provider("model").doStream({ prompt })
  for await (const part of stream) if (part.type === "finish") return part.usage.inputTokens.total
}
console.log(await inputTokens())
console.log(await inputTokens({ prompt_tokens: 900 }))
console.log(await inputTokens({ prompt_tokens: 900 }, { completion_tokens: 1 }))
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'undefined\n900\n0' ] || { echo "CHANGED" >&2; exit 1; }
