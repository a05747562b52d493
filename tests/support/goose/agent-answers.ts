/** Asks Goose by our agent, as the generation does, in as many processes as a test needs. */
import { randomUUID } from "node:crypto"
import type { LanguageModelV4Prompt, LanguageModelV4StreamPart } from "@ai-sdk/provider"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import { gooseAgent } from "#lib/models/goose/goose.ts"
import type { RemoteAgent, RemoteAnswer } from "#lib/models/remote-agent.ts"
import { hearsOfEnds } from "./acp-connection.ts"
import { memoryRuns } from "./memory-runs.ts"
import type { StartedGoose } from "./start-goose.ts"
import { shownOf } from "./stream-parts.ts"

type Part = LanguageModelV4StreamPart

/** What another process needs to go on. */
export interface Partial {
  streamId: string
  parts: Part[]
}

export interface Asked {
  /** the answer that it goes on with, in the same stream after a death, or in a new one after a decision */
  joins?: Partial & { decision?: boolean }
  /** the stream of the answer before it in the chat */
  after?: Partial
  history?: LanguageModelV4Prompt
  onPart?: (part: Part) => void
  /** ends the reading: "handed-over" leaves the run alone, "stopped" does not */
  endAt?: { when: (part: Part, index: number) => boolean; as: "handed-over" | "stopped" }
}

export interface Answered extends Partial {
  answer: RemoteAnswer
  /** what a message shows of it, what it goes on with included */
  shown: ChatMessagePart[]
  /** every text of it, joined */
  text: string
}

type Address = { url: string; secret: string } | { command: string }

/** @param address default: over HTTP */
export function startAgents(goose: StartedGoose, address: Address = { url: goose.url, secret: goose.secret }) {
  const runs = memoryRuns()
  const chatId = randomUUID()
  const problems: unknown[] = []
  const agents: RemoteAgent[] = []

  /** An agent as another process has it: it shares nothing but the database. */
  function agent(): RemoteAgent {
    const started = gooseAgent(
      { ...address, workDir: goose.workDir },
      { runs, onProblem: (problem) => problems.push(problem) },
    )
    agents.push(started)
    return started
  }

  async function ask(by: RemoteAgent, question: string, asked: Asked = {}): Promise<Answered> {
    const { joins, after, history = [] } = asked
    const streamId = joins && joins.decision === undefined ? joins.streamId : randomUUID()
    if (streamId !== joins?.streamId)
      runs.add(streamId, chatId, {
        ...(joins && { continues: joins.streamId }),
        ...(after && { previous: after.streamId }),
      })
    const before = joins?.parts ?? []
    const decisions = before.flatMap((part) =>
      part.type === "tool-approval-request" && joins?.decision !== undefined
        ? [{ approvalId: part.approvalId, approved: joins.decision }]
        : [],
    )
    const answer = by.answer({ chatId, streamId, epoch: streamId === joins?.streamId ? 2 : 1 })
    if (joins) answer.join(shownOf(before, decisions))
    const parts = await read(answer, [...history, { role: "user", content: [{ type: "text", text: question }] }], asked)
    // What Goose said before it heard that we have left would be lost.
    if (asked.endAt) await hearsOfEnds(goose)
    const shown = shownOf([...before, ...parts], decisions)
    const text = shown.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("")
    return { streamId, answer, parts: [...before, ...parts], shown, text }
  }

  return {
    runs,
    chatId,
    problems,
    agent,
    ask,
    async close() {
      for (const each of agents) await each.endRuns(chatId)
      for (const each of agents) await each.close()
    },
  }
}

async function read(answer: RemoteAnswer, prompt: LanguageModelV4Prompt, { endAt, onPart }: Asked): Promise<Part[]> {
  const stopping = new AbortController()
  const { stream } = await answer.model.doStream({ prompt, abortSignal: stopping.signal })
  const parts: Part[] = []
  try {
    for await (const part of stream) {
      parts.push(part)
      onPart?.(part)
      if (endAt?.when(part, parts.length - 1)) stopping.abort(reasonOf(endAt.as))
    }
  } catch (error) {
    if (!stopping.signal.aborted) throw error
  }
  return parts
}

function reasonOf(as: "handed-over" | "stopped"): Error {
  const reason = new Error(`The answer is ${as}`)
  if (as === "handed-over") reason.name = "HandedOver"
  return reason
}
