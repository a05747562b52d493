#!/usr/bin/env bash
# Ten clients of model providers, and an answer that stops in the middle: the server's last event is missing, the response itself
# ends as HTTP wants it (a gateway that lost its upstream and closed properly). Versions: see `npm install`.
#
# Guess:  who has a last event in its protocol misses it: Anthropic's, Cohere's, Mistral's, Google's and Ollama's clients throw, and
#         the OpenAI-shaped ones at least have a null finish reason on the way.
# Seen:   iterated, only Ollama's throws. Of all others the loop ends as after a whole answer, also over typed events
#         (Anthropic, Cohere). The assembling helpers `stream()` of OpenAI and Anthropic do throw.
# For us: an answer is whole only if its reader saw the end by itself: ours reads the wire and calls this
#         `provider_truncated` (docs/dialects.md). A peer that iterates one of these stores half an answer as a whole one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund openai@7.59.0 groq-sdk@1.6.0 together-ai@0.52.0 @huggingface/inference@4.13.30 \
  @mistralai/mistralai@2.7.0 @anthropic-ai/sdk@1.14.0 @google/genai@3.3.0 cohere-ai@8.1.0 ollama@0.6.4
cat >run.mjs <<'JS'
import { createServer } from "node:http"
import Anthropic from "@anthropic-ai/sdk"
import { GoogleGenAI } from "@google/genai"
import { InferenceClient } from "@huggingface/inference"
import { Mistral } from "@mistralai/mistralai"
import { CohereClientV2 } from "cohere-ai"
import Groq from "groq-sdk"
import { Ollama } from "ollama"
import OpenAI from "openai"
import Together from "together-ai"

const sse = (event) => `${event.type ? `event: ${event.type}\n` : ""}data: ${JSON.stringify(event)}\n\n`
const chunk = (content) =>
  sse({ id: "1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: { content }, finish_reason: null }] })
const anthropic = { id: "1", type: "message", role: "assistant", model: "m", content: [], usage: { input_tokens: 1, output_tokens: 1 } }
const cohere = (content) => ({ delta: { message: { content } } })
/** what comes before the first word, and a word, by the end of the address */
const wires = {
  "/chat/completions": ["", chunk],
  "/messages": [
    sse({ type: "message_start", message: anthropic }) +
      sse({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
    (text) => sse({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
  ],
  ":streamGenerateContent": ["", (text) => sse({ candidates: [{ index: 0, content: { role: "model", parts: [{ text }] } }] })],
  "/v2/chat": [
    sse({ type: "message-start", id: "1", delta: { message: { role: "assistant", content: [] } } }) +
      sse({ type: "content-start", index: 0, ...cohere({ type: "text", text: "" }) }),
    (text) => sse({ type: "content-delta", index: 0, ...cohere({ text }) }),
  ],
  "/api/chat": ["", (content) => `${JSON.stringify({ model: "m", message: { role: "assistant", content }, done: false })}\n`],
}
const server = createServer(async (request, response) => {
  for await (const _ of request);
  const [, [head, word]] = Object.entries(wires).find(([end]) => request.url.split("?")[0].endsWith(end))
  response.writeHead(200, { "content-type": "text/event-stream" })
  response.end(head + word("one ") + word("two"))
})
await new Promise((ready) => server.listen(0, "127.0.0.1", ready))
const url = `http://127.0.0.1:${server.address().port}`
const messages = [{ role: "user", content: "go" }]
const asked = { model: "m", messages, max_tokens: 9 }
const settings = { apiKey: "key", baseURL: url }

async function read(stream, textOf) {
  let text = ""
  for await (const event of await stream) text += textOf(event) ?? ""
  return text
}
const contentOf = (event) => event.choices[0].delta.content
const iterated = (client) => read(client.chat.completions.create({ ...asked, stream: true }), contentOf)
const readers = {
  openai: () => iterated(new OpenAI(settings)),
  "groq-sdk": () => iterated(new Groq(settings)),
  "together-ai": () => iterated(new Together(settings)),
  "@huggingface/inference": () =>
    read(new InferenceClient("key", { endpointUrl: url }).chatCompletionStream(asked), contentOf),
  "@mistralai/mistralai": () =>
    read(new Mistral({ apiKey: "key", serverURL: url }).chat.stream({ model: "m", messages }), ({ data }) => contentOf(data)),
  "@anthropic-ai/sdk": () =>
    read(new Anthropic(settings).messages.create({ ...asked, stream: true }), (event) => event.delta?.text),
  "@google/genai": () => {
    const { models } = new GoogleGenAI({ apiKey: "key", httpOptions: { baseUrl: url } })
    return read(models.generateContentStream({ model: "m", contents: "go" }), (event) => event.text)
  },
  "cohere-ai": () => {
    const client = new CohereClientV2({ token: "key", environment: url })
    return read(client.chatStream({ model: "m", messages }), (event) => event.delta?.message?.content?.text)
  },
  ollama: () => read(new Ollama({ host: url }).chat({ model: "m", messages, stream: true }), (event) => event.message.content),
  "openai, stream()": async () => (await new OpenAI(settings).chat.completions.stream(asked).finalMessage()).content,
  "@anthropic-ai/sdk, stream()": async () =>
    (await new Anthropic(settings).messages.stream(asked).finalMessage()).content[0].text,
}
for (const [name, ask] of Object.entries(readers))
  console.log(`${name}: ${await ask().then((text) => `"${text}", as if whole`, () => "throws")}`)
process.exit()
JS
seen=$(node run.mjs)
echo "$seen"
expected='openai: "one two", as if whole
groq-sdk: "one two", as if whole
together-ai: "one two", as if whole
@huggingface/inference: "one two", as if whole
@mistralai/mistralai: "one two", as if whole
@anthropic-ai/sdk: "one two", as if whole
@google/genai: "one two", as if whole
cohere-ai: "one two", as if whole
ollama: throws
openai, stream(): throws
@anthropic-ai/sdk, stream(): throws'
[ "$seen" = "$expected" ] || { echo "CHANGED" >&2; exit 1; }
