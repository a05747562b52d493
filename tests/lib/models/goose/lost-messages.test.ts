import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { readUIMessageStream, type UIMessageChunk } from "ai"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { startAgents } from "#tests/support/goose/agent-answers.ts"
import { shell } from "#tests/support/goose/provider-reply.ts"
import { type StartedGoose, startGoose } from "#tests/support/goose/start-goose.ts"

const words = "one two three four five six seven eight"

let whole: StartedGoose
let lossy: StartedGoose
beforeAll(async () => {
  whole = await startGoose({ paceMs: 5 })
  lossy = await startGoose({ paceMs: 5, environment: { FAKE_GOOSE_LOSES_ONE_AT_CUT: "true" } })
})
afterAll(async () => {
  await whole.stop()
  await lossy.stop()
})

const isDelta = ({ type }: LanguageModelV4StreamPart) => type === "text-delta" || type === "reasoning-delta"

/** What readers see in the end. */
async function corrected(shown: ChatMessagePart[], corrections: UIMessageChunk[]): Promise<ChatMessagePart[]> {
  if (corrections.length === 0) return shown
  const [reset, ...rest] = corrections
  expect(reset).toEqual({ type: "reset-step" })
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of rest) controller.enqueue(chunk)
      controller.close()
    },
  })
  let parts: ChatMessagePart[] = []
  for await (const message of readUIMessageStream({ stream })) parts = message.parts
  return parts
}

function textIn(parts: ChatMessagePart[]): string {
  return parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("")
}

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
  "readers who leave after %i words of an answer have all of it in the end",
  async (cut) => {
    for (const goose of [whole, lossy]) {
      goose.provider.replyWith({ thoughts: "let me", text: words })
      const agents = startAgents(goose)
      let deltas = 0
      const first = await agents.ask(agents.agent(), "go", {
        endAt: { when: (part) => isDelta(part) && ++deltas === cut, as: "handed-over" },
      })
      const second = await agents.ask(agents.agent(), "go", { joins: first })
      expect(textIn(await corrected(second.shown, await second.answer.corrections(second.shown)))).toBe(words)
      expect(agents.problems).toEqual([])
      await agents.close()
    }
  },
)

test("where nothing was lost, nothing is corrected", async () => {
  const agents = startAgents(whole)
  whole.provider.replyWith({ thoughts: "let me", text: words })
  const { answer, shown } = await agents.ask(agents.agent(), "go")
  expect(await answer.corrections(shown)).toEqual([])
  await agents.close()
})

describe("thoughts before two calls at once, which Goose stores before each of them", () => {
  const calls = [shell("echo a"), shell("echo b")]
  const joinedTwice = async (agents: ReturnType<typeof startAgents>) => {
    const first = await agents.ask(agents.agent(), "go")
    const second = await agents.ask(agents.agent(), "go", { joins: { ...first, decision: true } })
    return agents.ask(agents.agent(), "go", { joins: { ...second, decision: true } })
  }
  const outline = (parts: ChatMessagePart[]) =>
    parts.map((part) => ("text" in part ? [part.type, part.text] : [part.type, "output" in part && part.output]))

  test.each([
    ["with a text", "look here now"],
    ["without a text", undefined],
  ])("%s, are not corrected", async (_, text) => {
    const agents = startAgents(whole)
    whole.provider.replyWith({ thoughts: "let me see", ...(text && { text }), calls }, "all done")
    const { answer, shown } = await joinedTwice(agents)
    expect(await answer.corrections(shown)).toEqual([])
    expect(agents.problems).toEqual([])
    await agents.close()
  })

  test.each(["text", "reasoning"])("are shown once, and first, after a word of the %s was lost", async (type) => {
    const agents = startAgents(whole)
    whole.provider.replyWith({ thoughts: "let me see", text: "look here now", calls }, "all done")
    const { answer, shown } = await joinedTwice(agents)
    expect(shown.map((part) => part.type)).toEqual(["reasoning", "text", "dynamic-tool", "dynamic-tool", "text"])
    const lost = shown.map((part) =>
      part.type === type && "text" in part ? { ...part, text: part.text.replace(/ (here|me)/, "") } : part,
    )
    expect(outline(lost)).not.toEqual(outline(shown))
    const inTheEnd = await corrected(lost, await answer.corrections(lost))
    expect(outline(inTheEnd)).toEqual(outline(shown))
    await agents.close()
  })
})
