/** An agent elsewhere, scripted by a test: every process that is given it finds the same runs. */
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import type { UIMessageChunk } from "ai"
import { expect } from "vitest"
import type { Services } from "#lib/build-services.ts"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { usageOf } from "#lib/models/demo/script.ts"
import type { RemoteAgent, RemoteAnswer } from "#lib/models/remote-agent.ts"
import { type Beat, type ScriptedRun, scriptedRun, type Update } from "./scripted-run.ts"

export interface ScriptedAgent extends RemoteAgent {
  /** every run so far */
  readonly runs: ScriptedRun[]
  /** the prompts that began a run */
  readonly prompts: LanguageModelV4CallOptions["prompt"][]
  /** Waits until that many runs have begun (default 1). @returns the last of them */
  begun(count?: number): Promise<ScriptedRun>
}

/** @param scripts what each run does, in order; the last one is used again */
export function scriptedAgent(...scripts: Beat[][]): ScriptedAgent {
  const runs: ScriptedRun[] = []
  const prompts: ScriptedAgent["prompts"] = []

  function begin(chatId: string, streamId: string, prompt: LanguageModelV4CallOptions["prompt"]): ScriptedRun {
    const run = scriptedRun(chatId, streamId, scripts[runs.length] ?? scripts.at(-1) ?? [])
    runs.push(run)
    prompts.push(prompt)
    return run
  }

  function answer({ chatId, streamId }: { chatId: string; streamId: string }): RemoteAnswer {
    let joined: ChatMessagePart[] | undefined
    let run: ScriptedRun | undefined
    const model: LanguageModelV4 = {
      specificationVersion: "v4",
      provider: "scripted",
      modelId: "goose",
      supportedUrls: {},
      doGenerate: () => Promise.reject(new Error("an agent only streams")),
      async doStream({ prompt, abortSignal }) {
        run = joined
          ? runs.findLast((each) => each.chatId === chatId && each.state !== "cancelled")
          : begin(chatId, streamId, prompt)
        if (!run) throw new ChatError("agent_disconnected")
        run.streamId = streamId
        run.decide(joined ?? [])
        return { stream: streamOf(partsOf(run, abortSignal)) }
      },
    }
    return {
      modelId: "goose",
      model,
      join(parts) {
        joined = parts
      },
      corrections: async (parts) => (run && run.readers > 1 ? correctionsOf(run, parts) : []),
    }
  }

  return {
    runs,
    prompts,
    answer,
    async endRuns(chatId, exceptStreamId) {
      for (const run of runs) if (run.chatId === chatId && run.streamId !== exceptStreamId) run.cancel()
    },
    close: async () => undefined,
    async begun(count = 1) {
      await expect.poll(() => runs.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(count)
      return runs[count - 1] as ScriptedRun // just waited for
    },
  }
}

/** Gives services this agent under the name of one that the product knows. */
export function employ(agent: RemoteAgent, ...all: Services[]): void {
  for (const services of all) services.chat.remoteAgents = new Map([["goose", agent]])
}

function streamOf<Part>(parts: AsyncGenerator<Part>): ReadableStream<Part> {
  return new ReadableStream({
    async pull(controller) {
      const next = await parts.next()
      if (next.done) controller.close()
      else controller.enqueue(next.value)
    },
  })
}

async function* partsOf(run: ScriptedRun, signal?: AbortSignal): AsyncGenerator<LanguageModelV4StreamPart> {
  const take = run.read()
  const told = new Set<string>()
  let open: { id: string; kind: "text" | "reasoning" } | undefined
  yield { type: "stream-start", warnings: [] }
  for (;;) {
    const update = await take(signal).catch((error: unknown) => {
      if (!(signal?.reason instanceof Error && signal.reason.name === "HandedOver")) run.cancel()
      throw error
    })
    const written = writtenIn(update)
    if (open && open.id !== written?.id) {
      yield { type: `${open.kind}-end`, id: open.id }
      open = undefined
    }
    if (written && !open) yield { type: `${written.kind}-start`, id: written.id }
    if (written) {
      open = written
      yield { type: `${written.kind}-delta`, id: written.id, delta: written.delta }
    } else yield* otherPartsOf(update, told)
    if (update.kind === "over" || (update.kind === "beat" && "asks" in update.beat)) {
      const unified = update.kind === "over" ? "stop" : "tool-calls"
      yield {
        type: "finish",
        finishReason: { unified, raw: unified },
        usage: usageOf({ text: "five tokens of text" }, 10),
      }
      return
    }
  }
}

function writtenIn(update: Update) {
  if (update.kind !== "beat") return undefined
  const { beat, segment } = update
  if ("text" in beat) return { kind: "text", id: `run:text:${segment}`, delta: beat.text } as const
  return "thought" in beat
    ? ({ kind: "reasoning", id: `run:thought:${segment}`, delta: beat.thought } as const)
    : undefined
}

function* otherPartsOf(update: Update, told: Set<string>): Generator<LanguageModelV4StreamPart> {
  if (update.kind === "broke") throw new ChatError("agent_disconnected", { cause: update.error })
  if (update.kind === "refused")
    yield {
      type: "tool-result",
      toolCallId: update.of,
      toolName: "shell",
      result: "declined",
      isError: true,
      dynamic: true,
    }
  if (update.kind !== "beat") return
  const { beat } = update
  if ("call" in beat) yield callOf(beat.call, told, beat)
  // The AI SDK takes a question only for a call of the same stream.
  if ("asks" in beat && !told.has(beat.asks)) yield callOf(beat.asks, told)
  if ("asks" in beat) yield { type: "tool-approval-request", approvalId: beat.approvalId, toolCallId: beat.asks }
  if ("progress" in beat || "result" in beat) {
    const preliminary = "progress" in beat
    const result = preliminary ? { stdout: beat.progress, stderr: "" } : beat.result
    yield { type: "tool-result", toolCallId: beat.of, toolName: "shell", result, preliminary, dynamic: true }
  }
}

function callOf(
  toolCallId: string,
  told: Set<string>,
  beat: { toolName?: string; input?: object } = {},
): LanguageModelV4StreamPart {
  told.add(toolCallId)
  const { toolName = "shell", input = { command: "date" } } = beat
  return {
    type: "tool-call",
    toolCallId,
    toolName,
    input: JSON.stringify(input),
    providerExecuted: true,
    dynamic: true,
  }
}

function correctionsOf(run: ScriptedRun, parts: ChatMessagePart[]): UIMessageChunk[] {
  const text = run
    .said()
    .map((beat) => ("text" in beat ? beat.text : ""))
    .join("")
  if (parts.map((part) => (part.type === "text" ? part.text : "")).join("") === text) return []
  return [
    { type: "reset-step" },
    { type: "text-start", id: "right" },
    { type: "text-delta", id: "right", delta: text },
    { type: "text-end", id: "right" },
  ]
}
