/**
 * Measures what merging a model's deltas saves: CPU per token of many parallel answers through `streamText`, with
 * merging off, every 33 ms, every 33 ms with a timer per answer, and every 100 ms; and with the deltas passing by it, as
 * answers do.
 *
 *     node bench/merge-deltas.ts [--answers 100] [--tokensPerSecond 50] [--seconds 5] [--rounds 5]
 *
 * `the model alone` reads the paced model without `streamText`: merging cannot save that part. Every round runs every
 * arm, each round starting with another one; the table shows the median of the rounds and their range.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import type { LanguageModelV4 } from "@ai-sdk/provider"
import { streamText, toUIMessageChunk } from "ai"
import { splitTokens } from "#lib/models/demo/script.ts"
import { scriptedModel } from "#lib/models/demo/scripted.ts"
import { directDeltas } from "#lib/models/direct-deltas.ts"
import { deltaMerging } from "#lib/models/merge-deltas.ts"

const { values } = parseArgs({
  options: {
    answers: { type: "string", default: "100" },
    tokensPerSecond: { type: "string", default: "50" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
  },
})
const answers = Number(values.answers)
const tokensPerSecond = Number(values.tokensPerSecond)
const rounds = Number(values.rounds)
const text = "word ".repeat(tokensPerSecond * Number(values.seconds))
const tokens = answers * splitTokens(text).length

/** Reads one answer to its end. @returns the number of deltas received */
type Read = (model: LanguageModelV4) => Promise<number>

const arms: { name: string; makeModel: () => (model: LanguageModelV4) => LanguageModelV4; read: Read }[] = [
  { name: "the model alone", makeModel: () => deltaMerging(0), read: readAlone },
  { name: "0 (off)", makeModel: () => deltaMerging(0), read: readStreamText },
  { name: "33 ms", makeModel: () => deltaMerging(33), read: readStreamText },
  { name: "33 ms, a timer each", makeModel: () => (model) => deltaMerging(33)(model), read: readStreamText },
  { name: "100 ms", makeModel: () => deltaMerging(100), read: readStreamText },
  { name: "0 (off), past streamText", makeModel: () => deltaMerging(0), read: readPast },
  { name: "33 ms, past streamText", makeModel: () => deltaMerging(33), read: readPast },
]

const results = new Map(arms.map(({ name }) => [name, { cpuMicroseconds: [] as number[], deltas: [] as number[] }]))
for (let round = 0; round < rounds; round++) {
  for (let index = 0; index < arms.length; index++) {
    const arm = arms[(round + index) % arms.length]
    if (!arm) continue
    const merging = arm.makeModel()
    const before = process.cpuUsage()
    const deltas = await Promise.all(Array.from({ length: answers }, (_, answer) => arm.read(merging(paced(answer)))))
    const { user, system } = process.cpuUsage(before)
    results.get(arm.name)?.cpuMicroseconds.push((user + system) / tokens)
    results.get(arm.name)?.deltas.push(deltas.reduce((sum, count) => sum + count, 0) / tokens)
    await sleep(300)
  }
}

const offMicroseconds = median(results.get("0 (off)")?.cpuMicroseconds ?? [])
console.log(
  `${answers} answers of ${tokensPerSecond} tokens a second, ${rounds} rounds of ${values.seconds} s an arm\n`,
)
console.log("| merging | CPU µs a token, median (range) | of off | deltas a token |\n|---|---|---|---|")
for (const [name, { cpuMicroseconds, deltas }] of results) {
  const middle = median(cpuMicroseconds)
  const range = `${Math.min(...cpuMicroseconds).toFixed(1)}–${Math.max(...cpuMicroseconds).toFixed(1)}`
  const ofOff = (middle / offMicroseconds).toFixed(2)
  console.log(`| ${name} | ${middle.toFixed(1)} (${range}) | ${ofOff} | ${median(deltas).toFixed(2)} |`)
}

/** Answers begin spread over more than one token's time, as people's questions do. */
function paced(answer: number): LanguageModelV4 {
  return scriptedModel({
    tokensPerSecond,
    firstTokenMs: 1 + ((answer * 7) % 200),
    reasoning: false,
    step: () => ({ text }),
  })
}

async function readAlone(model: LanguageModelV4): Promise<number> {
  const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "Hi" }] }]
  const { stream } = await model.doStream({ prompt })
  let deltas = 0
  for await (const part of stream) if (part.type === "text-delta") deltas += 1
  return deltas
}

async function readStreamText(model: LanguageModelV4): Promise<number> {
  let deltas = 0
  for await (const part of streamText({ model, prompt: "Hi" }).stream) if (part.type === "text-delta") deltas += 1
  return deltas
}

async function readPast(model: LanguageModelV4): Promise<number> {
  let deltas = 0
  const direct = directDeltas(model, () => {
    deltas += 1
  })
  for await (const part of streamText({ model: direct.model, prompt: "Hi" }).stream) {
    const chunk = toUIMessageChunk(part)
    if (chunk) direct.follow(chunk)
  }
  return deltas
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
