/** Resumes an unfinished answer: first repeats what is there, then settles what was left open. */
import type { ModelMessage, ToolSet } from "ai"
import type { HistoryMessage } from "#db/repository/history.ts"
import { continuationPromptOf, promptOf } from "../prompt/prompt.ts"
import type { AnswerRequest } from "./answer.ts"
import type { AnswerOutput } from "./answer-output.ts"
import type { Beginning } from "./beginning.ts"
import { type Continuation, continuationOf } from "./continuation.ts"
import { chunksToJoin, joining } from "./joining/joined-run.ts"
import type { OpenParts } from "./open-parts.ts"
import type { AnswerSources } from "./sources.ts"
import type { Recorder } from "./storing/recorder.ts"
import { settledCalls } from "./unfinished-calls.ts"

/** Replays what an earlier generation wrote, so that this one can continue from there. */
export function replayPartial(
  { kind, from }: Exclude<Beginning, { kind: "fresh" }>,
  { open, output, sources }: { open: OpenParts; output: AnswerOutput; sources: AnswerSources },
): void {
  for (const event of from.logged) {
    output.adopt(event)
    open.track(event.chunk)
  }
  // The log may have a tool's output without the sources that follow it.
  for (const chunk of sources.due()) output.send(chunk)
  for (const chunk of from.replay) output.sendWithSources(open.track(chunk))
  if (kind === "continues") output.resetCount()
}

interface OpenAnswer {
  beginning: Beginning
  open: OpenParts
  output: AnswerOutput
  record: Recorder
  history: HistoryMessage[]
  tools: ToolSet
  stopSignal: AbortSignal
}

/** What an answer begins with: what the model is asked, and how its chunks go on from what is there. */
export interface AnswerStart {
  messages: ModelMessage[]
  /** undefined: as they come */
  continuation: Continuation | undefined
  /** set if the model's run is joined where it is */
  joined: AnswerRequest["joined"]
}

/** Prepares what the model is asked. A run that goes on elsewhere is joined as it is: nothing is settled for it. */
export async function startOf({ isRemote, ...answer }: OpenAnswer & { isRemote: boolean }): Promise<AnswerStart> {
  const { beginning, open, history, tools, record } = answer
  const chunks = isRemote ? chunksToJoin(beginning) : undefined
  const joined = chunks && { chunks, open }
  if (joined || beginning.kind === "fresh")
    return { messages: await promptOf(history, tools), continuation: joined && joining(joined.chunks), joined }
  const continuation = await finishOpenParts(answer)
  return { messages: await continuationPromptOf(history, await record.parts(), tools), continuation, joined }
}

/**
 * Gives open calls their result, and closes every open part except a text at the end.
 * @returns what joins the model's words to that text; undefined if there is none
 */
async function finishOpenParts(answer: OpenAnswer): Promise<Continuation | undefined> {
  const { beginning, open, output, record, history, tools, stopSignal } = answer
  const messages = await promptOf(history, tools)
  const approvedCallIds = beginning.kind === "continues" ? beginning.approvedCallIds : []
  const context = { tools, messages, stopSignal, approvedCallIds }
  for await (const chunk of settledCalls(open.calls(), context)) output.sendWithSources(open.track(chunk))
  const textId = open.takeLastText()
  for (const chunk of open.closing()) output.send(chunk)
  const last = (await record.parts()).at(-1)
  return textId !== undefined && last?.type === "text" ? continuationOf({ id: textId, text: last.text }) : undefined
}
