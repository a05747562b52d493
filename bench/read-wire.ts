/**
 * Measures what our own reader of the provider's wire saves: CPU per token of many parallel answers through
 * `streamText`, with the library's model and our merging behind it, and with our model. The provider is another process
 * whose CPU is not counted.
 *
 *     node bench/read-wire.ts [--answers 50] [--tokensPerSecond 50] [--seconds 5] [--rounds 5]
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import type { LanguageModelV4 } from "@ai-sdk/provider"
import { streamText } from "ai"
import { deltaMerging } from "#lib/models/merge-deltas.ts"
import { openAiCompatibleModels } from "#lib/models/openai-compatible.ts"
import { sharedTick } from "#lib/models/shared-tick.ts"

const { values } = parseArgs({
  options: {
    answers: { type: "string", default: "50" },
    tokensPerSecond: { type: "string", default: "50" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
  },
})
const answers = Number(values.answers)
const tokensPerSecond = Number(values.tokensPerSecond)
const tokensEach = tokensPerSecond * Number(values.seconds)

if (process.send) await serve()
else await measure()

async function serve(): Promise<void> {
  const choices = [{ index: 0, delta: { content: "word " }, finish_reason: null }]
  const shape = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_790_000_000, model: "m" }
  const word = `data: ${JSON.stringify({ ...shape, choices })}\n\n`
  const end = [{ ...shape, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }]
  const usage = {
    ...shape,
    choices: [],
    usage: { prompt_tokens: 9, completion_tokens: tokensEach, total_tokens: 9 + tokensEach },
  }
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { "content-type": "text/event-stream" })
    let said = 0
    const timer = setInterval(() => {
      if (said++ < tokensEach) return void response.write(word)
      clearInterval(timer)
      response.end(`${[...end, usage].map((each) => `data: ${JSON.stringify(each)}\n\n`).join("")}data: [DONE]\n\n`)
    }, 1000 / tokensPerSecond)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  process.send?.((server.address() as AddressInfo).port) // it listens on TCP
}

async function measure(): Promise<void> {
  const provider = fork(new URL(import.meta.url).pathname, process.argv.slice(2))
  const [port] = await once(provider, "message")
  const baseUrl = `http://127.0.0.1:${port}/v1`
  const stock = createOpenAICompatible({ name: "stock", baseURL: baseUrl, includeUsage: true })
  const arms: [name: string, makeModel: () => LanguageModelV4][] = [
    ["the library's, merged behind it", () => deltaMerging(33)(stock.chatModel("m"))],
    [
      "ours",
      () => openAiCompatibleModels({ baseUrl, apiKey: undefined, ids: [] }, { tick: sharedTick({ everyMs: 33 }) })("m"),
    ],
  ]
  const microseconds = arms.map((): number[] => [])
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const index of round % 2 ? [1, 0] : [0, 1]) {
      const model = arms[index]?.[1]()
      if (!model) continue
      const before = process.cpuUsage()
      await Promise.all(Array.from({ length: answers }, () => streamText({ model, prompt: "Hi" }).text))
      const { user, system } = process.cpuUsage(before)
      microseconds[index]?.push((user + system) / (answers * tokensEach))
      await sleep(300)
    }
  }
  provider.kill()
  const medians = microseconds.map(
    (each) => each.toSorted((one, other) => one - other)[Math.floor(each.length / 2)] ?? Number.NaN,
  )
  console.log(
    `${answers} answers of ${tokensPerSecond} tokens a second\n\n| reader | CPU µs a token | of the library's |\n|---|---|---|`,
  )
  for (const [index, [name]] of arms.entries()) {
    const median = medians[index] ?? Number.NaN
    console.log(`| ${name} | ${median.toFixed(1)} | ${(median / (medians[0] ?? Number.NaN)).toFixed(2)} |`)
  }
}
