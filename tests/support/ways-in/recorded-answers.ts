/** Answers with parts of every kind, each halted before its end, so that readers can attach at every event. */
import type { LanguageModelV4StreamPart } from "@ai-sdk/provider"
import { type ToolSet, tool } from "ai"
import { sql } from "drizzle-orm"
import { expect, vi } from "vitest"
import { z } from "zod"
import { chatStream } from "#db/schema.ts"
import type { EventId } from "#lib/chat-protocol.ts"
import type { ScriptedStep } from "#lib/models/demo/script.ts"
import { safeToRepeat } from "#lib/tools/marks.ts"
import { recover } from "#lib/turns/recover.ts"
import type { Reading } from "../clients/reading.ts"
import type { Client } from "../clients/service.ts"
import { scripted, type TestModel } from "../providers/scripted-model.ts"
import { beginCorrected } from "./corrected-answer.ts"
import { type Place, type Stores, sendRequestsTo, servicesAt, type TwoServices } from "./places.ts"
import type { SeenEvent } from "./way-in.ts"

export interface HaltedAnswer {
  client: Client
  streamId: string
  /** what its first reader has seen of it, and will */
  reading: Reading
  /** what readers have seen when it halted, and perhaps more once it has ended */
  seen: SeenEvent[]
  /** Lets it end, and waits until it is stored. */
  finish(): Promise<void>
}

export interface AnswerKind {
  name: string
  status: string
  /** its producer dies, and without a log it is only ended */
  needsLog?: boolean
  /** Generates it up to where it halts. */
  begin(place: Place, stores: Stores): Promise<HaltedAnswer>
}

const steps: ScriptedStep[] = [
  {
    reasoning: "Some of everything.",
    text: "Words 😀 first,",
    sources: [{ url: "https://example.com/clocks", title: "On clocks" }],
    toolCall: { toolName: "look_up", input: { word: "clock" } },
  },
  { text: " then the very end." },
]
const haltAt = "the very"

export const answerKinds: AnswerKind[] = [
  {
    name: "complete",
    status: "COMPLETE",
    async begin(place, stores) {
      const model = everything()
      const halted = await halt(place, stores, { first: model, second: model })
      return { ...halted, finish: () => releaseAll(model, halted) }
    },
  },
  {
    name: "waiting for an approval",
    status: "COMPLETE",
    async begin(place, stores) {
      const asking = { toolName: "rename_chat", input: { title: "On clocks" } }
      const model = everything({ script: [...steps.slice(0, 1), { ...steps[1], toolCall: asking }] })
      const halted = await halt(place, stores, { first: model, second: model })
      return { ...halted, finish: () => releaseAll(model, halted) }
    },
  },
  {
    name: "stopped",
    status: "STOPPED",
    async begin(place, stores) {
      const model = everything()
      const halted = await halt(place, stores, { first: model, second: model })
      return {
        ...halted,
        async finish() {
          const response = await halted.client.stop()
          expect(await response.json()).toEqual({ stopped: true })
        },
      }
    },
  },
  {
    name: "failed",
    status: "ERROR",
    async begin(place, stores) {
      const model = everything({ failsAtEnd: true })
      const halted = await halt(place, stores, { first: model, second: model })
      return { ...halted, finish: () => releaseAll(model, halted) }
    },
  },
  takenOver("taken over", async ({ services, other }, { streamId, seen }) => {
    if (!services.chat.relay.keepsLog) return
    // A busy machine may miss the store's deadline once; then the log is read again.
    const logged = async () => (await other.chat.relay.readLog(streamId).catch(() => undefined))?.at(-1)?.id
    if (services.store.name !== "memory") await expect.poll(logged).toBe(seen.at(-1)?.id)
  }),
  // What was shown and not yet stored is lost with the log.
  takenOver("rewound", async (_services, _halted, { redis }) => void (await redis.command("FLUSHALL"))),
  { name: "corrected", status: "COMPLETE", needsLog: true, begin: beginCorrected },
]

/** @param before called when the first process has died and nobody knows yet */
function takenOver(
  name: string,
  before: (services: TwoServices, halted: Halted, stores: Stores) => Promise<void>,
): AnswerKind {
  return {
    name,
    status: "COMPLETE",
    needsLog: true,
    async begin(place, stores) {
      const second = scripted(" end.", { held: true })
      const halted = await halt(place, stores, { first: everything(), second })
      const { services, other } = halted
      await before(halted, halted, stores)
      services.chat.running.close()
      const { db } = services.database
      await db.update(chatStream).set({ leaseExpiresAt: sql`now() - interval '1 second'` })
      sendRequestsTo(other)
      await recover(other.chat, halted.streamId)
      return { ...halted, finish: () => releaseAll(second, halted) }
    },
  }
}

type Halted = TwoServices & Omit<HaltedAnswer, "finish">

async function halt(place: Place, stores: Stores, models: { first: TestModel; second: TestModel }): Promise<Halted> {
  const service = await servicesAt(place, stores, models)
  // As an MCP server that both processes have gives them.
  for (const { chat } of [service.services, service.other]) vi.spyOn(chat.mcp, "current").mockReturnValue(givenTools)
  const client = await service.guest()
  const reading = await client.post("Some of everything, please.")
  await models.first.releaseUntil(haltAt)
  await reading.readUntil(haltAt)
  const streamId = reading.response.headers.get("x-stream-id") ?? ""
  if (place.readsIn === "another process") sendRequestsTo(service.other)
  const seen = reading.events.map(({ id, chunk }) => ({ id: id as EventId, chunk })) // as the server wrote it
  return { ...service, client, streamId, seen, reading }
}

async function releaseAll(model: TestModel, { client }: Pick<Halted, "client">): Promise<void> {
  model.release()
  const ended = ["COMPLETE", "ERROR", "STOPPED", "INTERRUPTED"]
  await expect
    .poll(async () => (await client.messages()).at(-1)?.metadata?.status)
    .toSatisfy((status) => ended.includes(status))
}

/** Says how far it is before it has the result. */
const givenTools: ToolSet = {
  look_up: safeToRepeat(
    tool({
      inputSchema: z.object({ word: z.string() }),
      async *execute({ word }) {
        yield { looked: "half of it" }
        yield { looked: "all of it", found: `${word}: a machine that tells the time` }
      },
    }),
  ),
}

/** A model that says something of every kind: the script's parts, and a file in each step. */
function everything({ script = steps, failsAtEnd = false } = {}): TestModel {
  const model = scripted(script, { held: true })
  return {
    ...model,
    async doStream(call) {
      const { stream, ...rest } = await model.doStream(call)
      return { ...rest, stream: stream.pipeThrough(withFile(failsAtEnd)) }
    },
  }
}

/** @param failsAtEnd the last step ends with an error */
function withFile(failsAtEnd: boolean): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  const file = { type: "file", mediaType: "image/png", data: { type: "data", data: "iVBORw0KGgo=" } } as const
  return new TransformStream({
    transform(part, controller) {
      if (part.type === "text-start") controller.enqueue(file)
      const isEnd = part.type === "finish" && part.finishReason.unified === "stop"
      controller.enqueue(isEnd && failsAtEnd ? { type: "error", error: new Error("the provider broke down") } : part)
    },
  })
}
