/**
 * Every dialect of the fake provider, over HTTP: what is shown and stored, what it costs, and that the next question is
 * answered. `docs/dialects.md` lists the servers that speak them.
 */
import { isToolUIPart, readUIMessageStream, type UIMessageChunk } from "ai"
import { expect, onTestFinished, test } from "vitest"
import { type ChatMessage, withThoughts } from "#lib/chat-protocol.ts"
import { freshService, type TestService } from "#tests/support/clients/service.ts"
import { dialects } from "#tests/support/dialects/all.ts"
import type { Dialect, Meaning } from "#tests/support/dialects/dialect.ts"
import { startOpenAiServer } from "#tests/support/providers/openai-server.ts"

const rows: [row: string, what: string][] = [
  ["D1", "whatever is reported as tokens, the answer is stored at once, and charged by whole numbers"],
  ["D3", "a thought that stands in the text is a thought, and the words are the answer"],
  ["D4", "an end is what its word means, and a word that nobody knows is no good one"],
  ["D5", "what carries nothing of an answer is passed over, and what cannot be read does not end what can"],
  ["D6", "once an answer has ended, its connection is no matter"],
  ["D7", "an answer in one piece is an answer, and an error is what it says"],
  ["D10", "bytes without a word are signs of life"],
  ["D11", "words are found wherever they stand, and a thought without one is said to be that"],
  ["D14", "a call runs once, however it is cut and said, and two calls run twice"],
]

test.each(rows)("%s %s", { timeout: 60_000 }, async (row) => {
  const spoken = Object.entries(dialects).filter(([, dialect]) => dialect.row === row)
  const service = await serviceSpeaking(spoken.map(([name]) => name))
  const outcomes = await Promise.all(spoken.map(([name]) => outcomeOf(service, name)))
  const got = Object.fromEntries(spoken.map(([name], index) => [name, outcomes[index]]))
  expect(got).toEqual(Object.fromEntries(spoken.map(([name, dialect]) => [name, expectedOf(dialect)])))
})

/** Each model speaks the dialect it is named after; "plain" as OpenAI does. */
async function serviceSpeaking(names: string[]): Promise<TestService> {
  const provider = await startOpenAiServer({
    answer: ({ body }) => (body.model === "plain" ? "All is well." : { dialect: body.model }),
  })
  onTestFinished(() => provider.close())
  return freshService({
    environment: {
      OPENAI_BASE_URL: provider.url,
      OPENAI_API_KEY: "sk-secret",
      CHAT_MODELS: ["plain", ...names].join(),
    },
  })
}

type Outcome = Required<Omit<Meaning, "cutBy" | "code">> & {
  end: string | undefined
  /** the final state of a tab that followed the whole answer */
  seen: string
  charges: number
  next: string
}

async function outcomeOf(service: TestService, name: string): Promise<Outcome> {
  const client = await service.guest()
  const answer = await client.post("hello", { model: name })
  await answer.readAll()
  const stored = (await client.messages()).at(-1)
  const charges = (await service.charges()).filter(({ chatId }) => chatId === client.chatId).length
  const next = await (await client.post("and now?", { model: "plain" })).readAll()
  const { status, error, cutBy, usage } = stored?.metadata ?? {}
  return {
    ...saidIn(stored),
    status: status === "COMPLETE" || status === "ERROR" ? status : ("ERROR" as const),
    end: error?.code ?? cutBy,
    seen: JSON.stringify(saidIn(await messageOf(answer.events.map(({ chunk }) => chunk)))),
    usage: usageIn(usage),
    charges,
    next,
  }
}

function expectedOf({ means }: Dialect): Outcome {
  const { text = "Hello world.", thought = "", status = "COMPLETE", usage = [120, 30], calls = [] } = means
  const said = { text, thought, calls }
  return {
    ...said,
    status,
    end: means.code ?? means.cutBy,
    seen: JSON.stringify(said),
    usage,
    charges: usage === "nothing" ? 0 : 1,
    next: "All is well.",
  }
}

function saidIn(message: ChatMessage | undefined): Pick<Outcome, "text" | "thought" | "calls"> {
  const parts = withThoughts(message?.parts ?? [])
  const textOf = (type: "text" | "reasoning") =>
    parts.map((part) => (part.type === type && "text" in part ? part.text : "")).join("")
  const calls = parts.flatMap((part) =>
    isToolUIPart(part) && part.state === "output-available" ? [String(Object(part.input).expression)] : [],
  )
  return { text: textOf("text"), thought: textOf("reasoning"), calls }
}

async function messageOf(chunks: UIMessageChunk[]): Promise<ChatMessage | undefined> {
  let last: ChatMessage | undefined
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  for await (const message of readUIMessageStream<ChatMessage>({ stream, onError: () => undefined })) last = message
  return last
}

function usageIn(usage: NonNullable<ChatMessage["metadata"]>["usage"]): NonNullable<Meaning["usage"]> {
  if (!usage || usage.inputTokens + usage.outputTokens === 0) return "nothing"
  return usage.estimated ? "estimated" : [usage.inputTokens, usage.outputTokens]
}
