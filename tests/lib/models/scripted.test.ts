import { isStepCount, type ModelMessage, streamText } from "ai"
import { describe, expect, test } from "vitest"
import { continueRequest } from "#lib/models/continue-request.ts"
import type { Wait } from "#lib/models/demo/paced-stream.ts"
import { splitTokens } from "#lib/models/demo/script.ts"
import { scriptedModel } from "#lib/models/demo/scripted.ts"
import { demoSubjects } from "#lib/models/demo/scripted-answers.ts"
import { ask, clock, tools } from "./ask-scripted.ts"

async function wholeAnswerTo(messages: ModelMessage[]) {
  const model = scriptedModel({ wait: clock().wait })
  const answer = streamText({ model, tools, stopWhen: isStepCount(4), messages })
  return { text: await answer.text, responseMessages: await answer.responseMessages }
}

async function secondsFor(prompt: string): Promise<number> {
  const { elapsed, wait } = clock()
  await ask(prompt, { model: scriptedModel({ wait }), tools }).text
  return elapsed.ms / 1000
}

describe("the demo's answers", () => {
  test("say plainly that they are a demo, and what to set for a real model", async () => {
    const text = await ask("What is this?").text
    for (const words of ["demo model", "not an AI", "OPENAI_BASE_URL", "OPENAI_API_KEY", "CHAT_MODELS"])
      expect(text).toContain(words)
  })

  test("continue where they broke off, in the middle of a word, also after a tool", async () => {
    for (const question of ["What is this?", "How does a reload work?"]) {
      const asked: ModelMessage[] = [{ role: "user", content: question }]
      const { text, responseMessages } = await wholeAnswerTo(asked)
      const soFar = text.slice(0, 301)
      const said = responseMessages.map((message) =>
        message.role === "assistant" && typeof message.content !== "string"
          ? {
              ...message,
              content: message.content.map((part) => (part.type === "text" ? { ...part, text: soFar } : part)),
            }
          : message,
      )
      const request: ModelMessage = { role: "user", content: continueRequest(soFar) }
      expect(soFar + (await wholeAnswerTo([...asked, ...said, request])).text).toBe(text)
    }
  })

  test("quote the question as text, not as Markdown", async () => {
    expect(await ask("why is\nthe sky blue?").text).toContain("> why is the sky blue?")
    const quoted = (await ask("![x](https://evil.example/?q=1) <img src=x>").text).match(/^> .*$/m)?.[0]
    expect(quoted).toContain("evil.example")
    expect(quoted).not.toMatch(/(?<!\\)[[<]/)
  })

  test("are good Markdown: headings, list, table, code, bold", async () => {
    for (const { text } of demoSubjects) {
      expect(text).toMatch(/^### /m)
      expect(text).toMatch(/^(- |\d\. |> )/m)
      expect(text).toMatch(/^\| --- \||^\| ---/m)
      expect(text).toMatch(/^```\w+\n[\s\S]+?\n```$/m)
      expect(text).toMatch(/\*\*[^*]+\*\*/)
    }
  })

  test("differ between questions, but not between calls", async () => {
    const questions = [
      "Hello",
      "apples",
      "pears",
      "plums",
      "grapes",
      "lemons",
      "figs",
      "dates",
      "kiwis",
      "limes",
      "What about Redis?",
    ]
    const bodies = await Promise.all(questions.map(async (question) => afterNotice(await ask(question).text)))
    expect(new Set(bodies).size).toBeGreaterThanOrEqual(5)
    expect(afterNotice(await ask("Hello").text)).toBe(bodies[0])
  })

  test("match the question's subject if it is known", async () => {
    expect(await ask("What happens when I reload?").text).toContain("## What a reload does")
    expect(await ask("How do I cancel you?").text).toContain("## Stopping is not leaving")
  })

  test("remember the previous question", async () => {
    const result = streamText({
      model: scriptedModel({ wait: clock().wait }),
      messages: [
        { role: "user", content: "Tell me about plums" },
        { role: "assistant", content: "They are blue." },
        { role: "user", content: "And pears?" },
      ],
    })
    const text = await result.text
    expect(text).toContain("> And pears?")
    expect(text).toMatch(/I remember .*Tell me about plums/)
  })

  test("can answer an empty, a huge and a broken question", async () => {
    for (const question of [" ", "x".repeat(32_000), "😀".repeat(200), "\uD83D", "__proto__"]) {
      const text = await ask(question, { tools }).text
      expect(text).toContain("demo model")
      if (question.isWellFormed()) expect(text.isWellFormed()).toBe(true)
    }
  })
})

describe("its pace", () => {
  test.for([
    "What happens when I reload?",
    "two tabs",
    "stop",
    "stored?",
    "Redis dies",
    "set up",
    "tools",
    "What time is it?",
    "2 + 2",
  ])("leaves time to reload during the answer: %s", async (question) => {
    const seconds = await secondsFor(question)
    expect(seconds).toBeGreaterThan(8)
    expect(seconds).toBeLessThan(20)
  })

  test("an essay takes longer than 45 seconds, a short answer about two", async () => {
    expect(await secondsFor("Write a long essay")).toBeGreaterThan(45)
    expect(await secondsFor("Keep it short")).toBeGreaterThan(1)
    expect(await secondsFor("Keep it short")).toBeLessThan(3)
  })

  test("the first token takes 300 ms, the others 25 ms on average with variation", async () => {
    const waits: number[] = []
    const wait: Wait = async (waitMs) => waits.push(waitMs)
    await ask("Hello", { model: scriptedModel({ wait }) }).text
    const [first, ...others] = waits
    expect(first).toBe(300)
    expect(others.reduce((sum, waitMs) => sum + waitMs, 0) / others.length).toBeCloseTo(25, 0)
    expect(new Set(others).size).toBeGreaterThan(10)
  })

  test("the tokens add up to the text", () => {
    const text = "  Ein Löwe 🦁, an essay\n\n```ts\n\tlet x\n``` \n"
    expect(splitTokens(text).join("")).toBe(text)
    expect(splitTokens(text).every((token) => token.isWellFormed())).toBe(true)
  })
})

describe("abort", () => {
  test("ends an hour's wait at once, and nothing follows", async () => {
    const abort = new AbortController()
    const { stream } = ask("Hello", { model: scriptedModel({ firstTokenMs: 3_600_000 }), abortSignal: abort.signal })
    const types: string[] = []
    for await (const part of stream) {
      types.push(part.type)
      if (part.type === "reasoning-start") abort.abort()
    }
    expect(types.at(-1)).toBe("abort")
  })

  test("makes the model's own stream fail with an AbortError", async () => {
    const abort = new AbortController()
    const reader = await readerOf(scriptedModel({ firstTokenMs: 3_600_000 }), abort.signal)
    await readUntil(reader, "reasoning-start")
    const next = reader.read()
    abort.abort()
    await expect(next).rejects.toMatchObject({ name: "AbortError" })
  })

  test("before the first word leaves no text", async () => {
    const reader = await readerOf(scriptedModel(), AbortSignal.abort())
    await expect(reader.read()).rejects.toMatchObject({ name: "AbortError" })
    await expect(scriptedModel().doGenerate({ prompt: [], abortSignal: AbortSignal.abort() })).rejects.toThrow()
  })

  test("a reader that leaves during a wait ends the wait and crashes nothing", async () => {
    const waiting = Promise.withResolvers<AbortSignal>()
    const waited = Promise.withResolvers<void>()
    const wait: Wait = (_waitMs, signal) => {
      waiting.resolve(signal)
      return waited.promise
    }
    const reader = await readerOf(scriptedModel({ wait }))
    await readUntil(reader, "reasoning-start")
    const signal = await waiting.promise
    await reader.cancel()
    expect(signal.aborted).toBe(true)
    waited.resolve()
    expect(await reader.read()).toEqual({ done: true, value: undefined })
  })
})

type PartReader = ReadableStreamDefaultReader<{ type: string }>

async function readerOf(model: ReturnType<typeof scriptedModel>, abortSignal?: AbortSignal): Promise<PartReader> {
  const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "Hello" }] }]
  const { stream } = await model.doStream({ prompt, ...(abortSignal && { abortSignal }) })
  return stream.getReader()
}

async function readUntil(reader: PartReader, type: string): Promise<void> {
  for (let read = await reader.read(); !read.done; read = await reader.read()) if (read.value.type === type) return
  throw new Error(`the stream ended without ${type}`)
}

function afterNotice(text: string): string {
  return text.slice(text.indexOf("## "))
}
