import { type Completion, complete, emptyCompletion, ProviderFailure } from "./completion.ts"
import { nowSeconds, ownId, promptOf } from "./history.ts"
import { type Peer, RpcError } from "./json-rpc.ts"
import type { Part, Session, SessionStore, StoredMessage } from "./session-store.ts"
import type { Settings } from "./settings.ts"
import { thinkTags } from "./think-tags.ts"
import { runCalls } from "./tool-round.ts"

export interface RunPlace {
  session: Session
  sessions: SessionStore
  settings: Settings
  peer: Peer
  /** aborted by `session/cancel`: what was said so far is kept */
  cancelled: AbortSignal
  /** aborted by that, or by the end of the connection, in which case what was said since the last tool is lost */
  signal: AbortSignal
}

export type StopReason = "end_turn" | "max_tokens" | "cancelled"

/**
 * Answers the session's last question, which is stored already.
 * @throws RpcError where the provider says that the key or the credit is missing; what aborted the signal
 */
export async function runPrompt(place: RunPlace): Promise<StopReason> {
  for (let turns = 0; ; turns++) {
    if (turns >= place.settings.maxTurns) {
      say(place, { text: reachedMaxTurns, id: ownId() })
      return "end_turn"
    }
    const round = await answerOnce(place)
    if (typeof round === "string") return round
    const { completion, said } = round
    const calls = await runCalls(completion.calls, said.id, place)
    // Not before the calls are done: a run that is cancelled in one leaves no trace of this answer.
    place.session.usage = completion.usage
    keep(place, withCalls(said, calls))
  }
}

interface Said {
  /** thoughts and text, in the order in which they came */
  parts: Extract<Part, { text: string }>[]
  id: string
}

/** @returns why the run has ended, or what was said before calls that are to be carried out */
async function answerOnce(place: RunPlace): Promise<StopReason | { completion: Completion; said: Said }> {
  const said: Said = { parts: [], id: ownId() }
  try {
    const completion = await insistently(place, said)
    if (completion.calls.length > 0) return { completion, said }
    place.session.usage = completion.usage
    if (completion.finishReason !== "length") {
      keep(place, messageOf(said))
      return "end_turn"
    }
    say(place, { text: reachedTokenLimit, id: said.id }, { outputTokenLimitReached: true, fallbackContent: true })
    keep(place, messageOf(said, { outputTokenLimitReached: true }))
    return "max_tokens"
  } catch (error) {
    const isLost = place.signal.aborted && !place.cancelled.aborted
    if (!isLost) keep(place, messageOf(said))
    if (!(error instanceof ProviderFailure) || place.signal.aborted) throw error
    return failed(place, error)
  }
}

/** Asks up to four times where the provider refuses at once or says nothing; never again once it has said something. */
async function insistently(place: RunPlace, said: Said): Promise<Completion> {
  const { settings, session, signal } = place
  const body = { model: session.model, messages: promptOf(session), tools: [shellTool] }
  for (let attempt = 0; ; attempt++) {
    const delayMs = settings.retryDelaysMs[attempt]
    const completion = emptyCompletion()
    try {
      await listen(place, { deltas: complete({ host: settings.host, body, signal }, completion), completion, said })
      if (said.parts.length > 0 || completion.calls.length > 0) return completion
      if (delayMs === undefined) throw new ProviderFailure(emptyResponse)
    } catch (error) {
      const isFinal = !(error instanceof ProviderFailure) || !error.status || [401, 402, 403].includes(error.status)
      if (isFinal || delayMs === undefined) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    signal.throwIfAborted()
  }
}

interface Listening {
  deltas: ReturnType<typeof complete>
  completion: Completion
  said: Said
}

/** One update a delta, at once and as it came; what is between `<think>` tags comes after the visible text. */
async function listen(place: RunPlace, { deltas, completion, said }: Listening): Promise<void> {
  const tags = thinkTags()

  function tell(type: "text" | "thought", text: string): void {
    if (text === "") return
    said.id = completion.id ?? said.id
    const last = said.parts.at(-1)
    if (last?.type === type) last.text += text
    else said.parts.push({ type, text })
    say(place, { text, id: said.id, isThought: type === "thought" })
  }

  for await (const { type, text } of deltas) {
    place.signal.throwIfAborted()
    tell(type, type === "text" ? tags.visible(text) : text)
  }
  tell("thought", tags.thoughts)
  said.id = completion.id ?? said.id
}

function failed(place: RunPlace, failure: ProviderFailure): StopReason {
  if (failure.status === 402) throw new RpcError(-32603, noCredits, { reason: "credits_exhausted" })
  const retry = "Please retry if you think this is a transient or recoverable error."
  const text = `Ran into this error: ${failure.message}.\n\n${retry}`
  if (failure.status === 401 || failure.status === 403) {
    // The one error whose text is stored.
    keep(place, [{ role: "assistant", id: ownId(), created: nowSeconds(), parts: [{ type: "text", text }] }])
    throw new RpcError(-32000, "Authentication required")
  }
  const network = `Network error: ${failure.message}\n\nPlease resend your message to try again.`
  const isEmpty = failure.message === emptyResponse
  say(place, { text: isEmpty ? emptyResponse : failure.isNetwork ? network : text, id: ownId() })
  return "end_turn"
}

function say({ peer, session }: RunPlace, said: { text: string; id: string; isThought?: boolean }, meta = {}): void {
  peer.notify(session.id, {
    sessionUpdate: said.isThought ? "agent_thought_chunk" : "agent_message_chunk",
    content: { type: "text", text: said.text },
    messageId: said.id,
    _meta: { goose: { created: nowSeconds(), messageId: said.id, ...meta } },
  })
}

function messageOf({ parts, id }: Said, marks: { outputTokenLimitReached?: true } = {}): StoredMessage[] {
  return parts.length > 0 ? [{ role: "assistant", id, created: nowSeconds(), parts, ...marks }] : []
}

function keep({ session, sessions }: RunPlace, messages: StoredMessage[]): void {
  session.messages.push(...messages)
  sessions.save(session)
}

/** Text that calls follow loses its thoughts to each of them; where there is none, the first call has its id. */
function withCalls(said: Said, stored: StoredMessage[]): StoredMessage[] {
  const thoughts = said.parts.filter(({ type }) => type === "thought")
  const texts = said.parts.filter(({ type }) => type === "text")
  const calls = stored.map((each) =>
    each.role === "assistant" ? { ...each, parts: [...thoughts, ...each.parts] } : each,
  )
  if (texts.length > 0) return [...messageOf({ parts: texts, id: said.id }), ...calls]
  return calls.map((each, index) => (index === 0 ? { ...each, id: said.id } : each))
}

const shellTool = {
  type: "function",
  function: {
    name: "shell",
    description: "Runs a command in a shell.",
    parameters: { type: "object", properties: { command: { type: "string" } }, required: ["command"] },
  },
}
const emptyResponse = "The model returned an empty response. Please resend your message to continue."
const reachedTokenLimit = "Response stopped because the model reached its output-token limit."
const reachedMaxTurns =
  "I've reached the maximum number of actions I can do without user input. Would you like me to continue?"
const noCredits =
  "Please check your account with your provider to add more credits, then resend your message to continue."
