import { nowSeconds, ownId } from "./history.ts"
import type { Peer } from "./json-rpc.ts"
import { commands } from "./menus.ts"
import type { Session, StoredMessage } from "./session-store.ts"
import type { Settings } from "./settings.ts"

interface Place {
  session: Session
  peer: Peer
  settings: Settings
}

/**
 * Carries out a question that is a command: no model is asked.
 * @returns false if it is none, or none that is known
 */
export function commandOf(question: StoredMessage, { session, peer, settings }: Place): boolean {
  const text = question.parts.map((part) => (part.type === "text" ? part.text : "")).join("\n")
  const name = /^\s*\/(\S+)/.exec(text)?.[1]
  if (!commands.some((known) => known === name)) return false
  if (name === "clear") {
    session.messages = []
    session.usage = { input: 0, output: 0 }
  }
  const reply = name === "clear" ? "Conversation cleared" : name === "status" ? statusOf(session, settings) : `/${name}`
  const answer: StoredMessage = {
    role: "assistant",
    id: ownId(),
    created: nowSeconds(),
    parts: [{ type: "text", text: reply }],
  }
  for (const [update, message, said] of [
    ["user_message_chunk", question, text],
    ["agent_message_chunk", answer, reply],
  ] as const) {
    const { id, created } = message
    const content = { type: "text", text: said }
    const meta = { goose: { created, messageId: id } }
    peer.notify(session.id, { sessionUpdate: update, content, messageId: id, _meta: meta })
    session.messages.push({ ...message, isHidden: true })
  }
  return true
}

function statusOf({ model, mode, usage }: Session, { contextLimit }: Settings): string {
  const used = usage ? usage.input + usage.output : 0
  return `**Session status**\n\n- Model: ${model}\n- Provider: openai\n- Mode: ${mode}\n- Context: ${used} / ${contextLimit} tokens`
}
