#!/usr/bin/env bash
# openai 6.49.0, `chat.completions.stream()`: the message it assembles from compatible servers' streams.
#
# Guess:  a text field that its types do not name (DeepSeek's and vLLM's `reasoning_content`) is either left out or grows
#         as `content` does; calls without an `index` (Gemini's OpenAI endpoint, older SGLang) are kept or cause an error.
# Seen:   each piece of an unknown field replaces the one before: "hm ", "so" becomes "so". A function's name
#         that comes in two pieces keeps its second. Two calls without an index vanish: `tool_calls` is an empty list,
#         and the finish reason still says "tool_calls". @langchain/openai 1.5.8 joins the thought and keeps both calls.
# For us: a thought sent back to DeepSeek from such a message is not its own; an agent loop that trusts the
#         finish reason runs nothing and asks again. Our reader joins the thought and keeps both calls (docs/dialects.md).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund openai@6.49.0 @langchain/openai@1.5.8 @langchain/core@1.4.0
cat >run.mjs <<'JS'
import { ChatOpenAI } from "@langchain/openai"
import OpenAI from "openai"

const chunk = (delta, finish_reason = null) => ({
  id: "1",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta, finish_reason }],
})
const call = (id, name) => ({ id, type: "function", function: { name, arguments: "{}" } })
const answers = {
  thought: [chunk({ reasoning_content: "hm " }), chunk({ reasoning_content: "so" }), chunk({ content: "Hello" }), chunk({}, "stop")],
  name: [
    chunk({ tool_calls: [{ index: 0, ...call("c1", "multi") }] }),
    chunk({ tool_calls: [{ index: 0, function: { name: "ply" } }] }),
    chunk({}, "tool_calls"),
  ],
  calls: [chunk({ tool_calls: [call("c1", "add")] }), chunk({ tool_calls: [call("c2", "sub")] }), chunk({}, "tool_calls")],
}

for (const [name, chunks] of Object.entries(answers)) {
  chunks[0].choices[0].delta.role = "assistant"
  const text = `${chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("")}data: [DONE]\n\n`
  const fetch = async () => new Response(text, { headers: { "content-type": "text/event-stream" } })
  const server = { apiKey: "key", baseURL: "http://server.invalid/v1", fetch }
  const messages = [{ role: "user", content: "hi" }]
  const { choices } = await new OpenAI(server).chat.completions.stream({ model: "m", messages }).finalChatCompletion()
  const [{ message, finish_reason }] = choices
  const said = message.reasoning_content ?? message.tool_calls.map((each) => each.function.name)
  console.log(`openai ${name}: ${JSON.stringify(said)}, ${finish_reason}`)
  let joined
  const { apiKey, ...configuration } = server
  for await (const piece of await new ChatOpenAI({ apiKey, model: "m", configuration }).stream("hi"))
    joined = joined ? joined.concat(piece) : piece
  const kept = joined.additional_kwargs.reasoning_content ?? joined.tool_calls.map((each) => each.name)
  console.log(`langchain ${name}: ${JSON.stringify(kept)}`)
}
JS
node run.mjs | tee seen
cat >expected <<'TEXT'
openai thought: "so", stop
langchain thought: "hm so"
openai name: ["ply"], tool_calls
langchain name: ["ply"]
openai calls: [], tool_calls
langchain calls: ["add","sub"]
TEXT
cmp -s seen expected || { echo "CHANGED" >&2; exit 1; }
