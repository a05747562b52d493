import { Chat, useChat } from "@ai-sdk/react"
import type { FileUIPart } from "ai"
import { useEffect, useEffectEvent, useState, useSyncExternalStore } from "react"
import type { Artifact, ChatMessage, UserDecision } from "#lib/chat-protocol.ts"
import { stopAnswer } from "#lib/transports/chat-api.ts"
import { ChatProblem, StreamReset, StreamSilent } from "#lib/transports/chat-problem.ts"
import { decided, goOn } from "#lib/transports/continue-trigger.ts"
import { problemTexts } from "#lib/transports/problem-texts.ts"
import type { ConnectionState } from "#lib/transports/repaired-chunks.ts"
import { ResilientChatTransport } from "#lib/transports/resilient-chat-transport.ts"
import { withPartial } from "./chat/continued-answer.ts"
import { emptyOutbox, markTaken, putInOutbox, takeFromOutbox } from "./chat/outbox.ts"
import { isBeingWritten, isUnfinished } from "./chat/unfinished.ts"
import { branchOf, useBranches } from "./chat/use-branches.ts"
import { type CatchUp, useCatchUp } from "./chat/use-catch-up.ts"
import { usePolledMessages } from "./chat/use-polled-messages.ts"
import { useAutoResume } from "./use-auto-resume.ts"

/** What goes along with a message's text. */
export interface Attached {
  files: FileUIPart[]
  artifacts: Artifact[]
}

export interface ChatManager extends CatchUp {
  chatId: string
  /** the user's message is there as soon as it is sent */
  messages: ChatMessage[]
  /** "submitted": waiting for the first word */
  status: "ready" | "submitted" | "streaming"
  /** a sentence for people, where a request failed; how an answer failed is in its own metadata */
  problem: { message: string; canRetry: boolean } | undefined
  connection: ConnectionState | "offline"
  /** the last message is still here: nothing gets through, and it is sent when something does */
  isUnsent: boolean
  /** how often something was asked for on this page: what comes of it belongs into view */
  asked: number
  send(text: string, attached?: Attached): void
  /** stops the answer for every tab; what was not sent yet is not sent then */
  stop(): void
  /** sends again what was not taken, or has the last answer written anew */
  retry(): void
  regenerate(messageId: string): void
  /** goes on with an answer that broke off; it stays where it is meanwhile */
  continueAnswer(messageId: string): void
  /** approves or denies what waits in the last answer, which then goes on where it is */
  decide(messageId: string, decision: UserDecision): void
  /** sends another text in the place of one of the user's messages; the old one and what followed it are kept */
  edit(messageId: string, text: string): void
  /** shows the branch a message is on */
  switchBranch(messageId: string): void
}

export interface ChatManagerOptions {
  /** undefined: a new chat */
  chatId?: string | undefined
  agent: string
  /** @returns the model that is to answer; undefined: the server's choice */
  modelId?: () => string | undefined
  /** false: the first message makes a guest of whoever sends it */
  isSignedIn: boolean
  initialMessages: ChatMessage[]
  /** false where resuming is switched off */
  isResumable: boolean
  onReconnected?: () => void
  /** the first message of a new chat was sent */
  onChatCreated?: (chatId: string) => void
}

/** One chat as its page needs it: sending, following, stopping, and what became of the connection. */
export function useChatManager(options: ChatManagerOptions): ChatManager {
  const { initialMessages, isResumable } = options
  const [connection, setConnection] = useState<ConnectionState>("idle")
  const [stopProblem, setStopProblem] = useState<Error>()
  const [isTaken, setTaken] = useState(true)
  const tellReconnected = useEffectEvent(() => options.onReconnected?.())
  const modelId = useEffectEvent(() => options.modelId?.())
  const [chat] = useState(() => {
    const created: Chat<ChatMessage> = new Chat<ChatMessage>({
      id: options.chatId ?? crypto.randomUUID(),
      messages: initialMessages,
      generateId: () => crypto.randomUUID(),
      transport: new ResilientChatTransport({
        agent: options.agent,
        model: () => modelId(),
        isSignedIn: options.isSignedIn,
        isResumable,
        onConnectionChange: setConnection,
        onBegun(chatId) {
          markTaken(chatId)
          setTaken(true)
        },
        onReconnected: () => tellReconnected(),
      }),
      onError: (error) => {
        if (error instanceof StreamReset) setTimeout(() => void created.resumeStream(), startOverAfterMs)
      },
    })
    return created
  })
  const { messages: received, status, error } = useChat({ chat })
  const isStreaming = status === "submitted" || status === "streaming"
  const [goingOn, setGoingOn] = useState<GoingOn>()
  const partial = goingOn?.partial
  /** the answer that was to be written anew, and was not */
  const [refusedId, setRefusedId] = useState<string>()
  const [asked, setAsked] = useState(0)
  const isSilent = error instanceof StreamSilent && isUnfinished(received)
  const isWriting = isStreaming || isSilent
  const messages = partial ? withPartial(received, partial, isWriting) : received
  const isOnline = useSyncExternalStore(
    subscribeToNetwork,
    () => navigator.onLine,
    () => true,
  )

  /** What was asked for before, and what became of it. */
  function forget(): void {
    setStopProblem(undefined)
    setGoingOn(undefined)
    setRefusedId(undefined)
  }

  function ask(): void {
    forget()
    setAsked((before) => before + 1)
  }

  const branches = useBranches(chat, { isStreaming, onProblem: setStopProblem })

  async function goOnWith(messageId: string, request: GoingOn["request"]): Promise<void> {
    ask()
    const partial = messages.find(({ id }) => id === messageId)
    if (!partial) return
    // It stands where the partial stood among the versions, under another id.
    if (partial.metadata?.branches) branches.expectNew()
    setGoingOn({ partial, request })
    chat.messages = messages
    await chat.regenerate({ messageId, ...request })
    // Nothing has come in its place: so it stands there again.
    if (chat.error instanceof ChatProblem && chat.lastMessage?.role === "user") chat.messages = messages
  }

  async function writeAnew(messageId: string): Promise<void> {
    ask()
    branches.expectNew()
    const before = chat.messages
    await chat.regenerate({ messageId })
    // Nothing has come in its place: so it stands there again, with all that follows it.
    if (!(chat.error instanceof ChatProblem) || chat.lastMessage?.role !== "user") return
    chat.messages = before
    setRefusedId(messageId)
  }

  function submit(message: Pick<ChatMessage, "id" | "parts" | "metadata">): void {
    ask()
    setTaken(false)
    putInOutbox(chat.id, message)
    const inItsPlace = chat.messages.find(({ id }) => id === message.id || id === message.metadata?.replaces)
    void chat.sendMessage({ ...message, role: "user", ...(inItsPlace && { messageId: inItsPlace.id }) })
  }

  const sendWaiting = useEffectEvent(() => {
    const waiting = takeFromOutbox(chat.id, initialMessages)
    if (waiting && options.chatId !== undefined) submit(waiting)
  })
  useEffect(() => sendWaiting(), [])

  useAutoResume({
    isEnabled: isResumable,
    messages: received,
    isStreaming,
    isSilent,
    resume: () => void chat.resumeStream(),
  })
  usePolledMessages({
    isEnabled: !isStreaming && (isSilent || (!isResumable && isBeingWritten(received))),
    chatId: chat.id,
    messages: received,
    onMessages: (stored) => {
      chat.messages = stored
    },
  })

  const catchUp = useCatchUp({ chat, messages: received, isStreaming, isResumable })
  const shownError =
    error instanceof StreamReset || error instanceof StreamSilent ? stopProblem : (stopProblem ?? error)
  const shownConnection = !isOnline ? "offline" : isSilent ? "reconnecting" : connection
  const isUnsent = isStreaming && !isTaken && (shownConnection === "offline" || shownConnection === "reconnecting")
  return {
    chatId: chat.id,
    messages,
    status: !isWriting ? "ready" : hasFirstWord(messages) ? "streaming" : "submitted",
    problem: shownError && !isToldByAnswer(messages, shownError) ? problemFor(shownError) : undefined,
    connection: shownConnection,
    isUnsent,
    asked,
    send(text, { files, artifacts } = nothing) {
      if (messages.length === 0) options.onChatCreated?.(chat.id)
      submit({
        id: crypto.randomUUID(),
        parts: [...files, ...(text === "" ? [] : [{ type: "text" as const, text }])],
        ...(artifacts.length > 0 && { metadata: { status: "COMPLETE" as const, artifacts } }),
      })
    },
    stop() {
      if (!isUnsent) return void stopEverywhere(chat.id).catch(setStopProblem)
      emptyOutbox(chat.id)
      void chat.stop()
      setStopProblem(new ChatProblem("not_sent", problemTexts.notSent))
    },
    retry() {
      const last = received.at(-1)
      if (goingOn && (last?.role === "user" || last?.id === goingOn.partial.id))
        return void goOnWith(goingOn.partial.id, goingOn.request)
      if (refusedId !== undefined) return void writeAnew(refusedId)
      if (last?.role === "user") return submit(last)
      ask()
      if (last) void chat.regenerate({ messageId: last.id })
    },
    regenerate: (messageId) => void writeAnew(messageId),
    continueAnswer: (messageId) => void goOnWith(messageId, goOn),
    decide: (messageId, decision) => void goOnWith(messageId, decided(decision)),
    edit(messageId, text) {
      const edited = messages.find(({ id }) => id === messageId)
      if (!edited) return
      branches.expectNew()
      submit(branchOf(edited, { id: crypto.randomUUID(), text }))
    },
    switchBranch(messageId) {
      forget()
      branches.show(messageId)
    },
    ...catchUp,
  }
}

/** An answer that is gone on with, as it was shown before, and what was asked for. */
interface GoingOn {
  partial: ChatMessage
  request: { body: object }
}

const nothing: Attached = { files: [], artifacts: [] }

/** Long enough for a server that keeps starting over not to be asked without a pause. */
const startOverAfterMs = 300
/** A stop can overtake the message it is to stop: so it is repeated until the server knows what to stop. */
const stopTries = 10
const stopPauseMs = 200

async function stopEverywhere(chatId: string): Promise<void> {
  for (let tries = 0; tries < stopTries; tries++) {
    if (await stopAnswer(chatId)) return
    await new Promise((resolve) => setTimeout(resolve, stopPauseMs))
  }
}

function hasFirstWord(messages: ChatMessage[]): boolean {
  const last = messages.at(-1)
  return last?.role === "assistant" && last.parts.some((part) => part.type !== "step-start")
}

/** An answer that failed says so itself, where it stands. That a request was refused, nobody else says. */
function isToldByAnswer(messages: ChatMessage[], error: Error): boolean {
  const last = messages.at(-1)
  return !(error instanceof ChatProblem) && last?.role === "assistant" && last.metadata?.error !== undefined
}

function problemFor(error: Error): ChatManager["problem"] {
  if (error instanceof ChatProblem) return { message: error.message, canRetry: error.isRetryable }
  return { message: problemTexts.connectionLost, canRetry: true }
}

function subscribeToNetwork(onChange: () => void): () => void {
  window.addEventListener("online", onChange)
  window.addEventListener("offline", onChange)
  return () => {
    window.removeEventListener("online", onChange)
    window.removeEventListener("offline", onChange)
  }
}
