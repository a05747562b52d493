import { Chat, useChat } from "@ai-sdk/react"
import type { FileUIPart } from "ai"
import { useEffect, useEffectEvent, useState, useSyncExternalStore } from "react"
import type { Artifact, ChatMessage, UserDecision } from "#lib/chat-protocol.ts"
import { stopAnswer } from "#lib/transports/chat-api.ts"
import { ChatProblem, StreamReset, StreamSilent } from "#lib/transports/chat-problem.ts"
import { continueRequest, decisionRequest } from "#lib/transports/continue-trigger.ts"
import { problemTexts } from "#lib/transports/problem-texts.ts"
import { ResilientChatTransport } from "#lib/transports/resilient-chat-transport.ts"
import { loadTabSocket } from "#lib/transports/socket/load-tab-socket.ts"
import type { ConnectionState } from "#lib/transports/streams/repaired-chunks.ts"
import { withPartial } from "./chat/continued-answer.ts"
import { emptyOutbox, markAccepted, putInOutbox, takeFromOutbox } from "./chat/outbox.ts"
import { isBeingWritten, isUnfinished } from "./chat/unfinished.ts"
import { branchOf, useBranches } from "./chat/use-branches.ts"
import { type CatchUp, useCatchUp } from "./chat/use-catch-up.ts"
import { usePolledMessages } from "./chat/use-polled-messages.ts"
import { useAutoResume } from "./use-auto-resume.ts"

/** The attachments of a message. */
export interface Attached {
  files: FileUIPart[]
  artifacts: Artifact[]
}

export interface ChatManager extends CatchUp {
  chatId: string
  /** includes the user's message as soon as it is sent */
  messages: ChatMessage[]
  /** "submitted": waiting for the answer's first word */
  status: "ready" | "submitted" | "streaming"
  /** why a request failed, in a sentence for people; why an answer failed is in its own metadata */
  problem: { message: string; canRetry: boolean } | undefined
  connection: ConnectionState | "offline"
  /** the last message has not reached the server: it is sent when a connection works again */
  isUnsent: boolean
  /** increases with each request of the user, whose result should be scrolled into view */
  asked: number
  send(text: string, attached?: Attached): void
  /** stops the answer in every tab; a message that was not sent yet is not sent any more */
  stop(): void
  /** sends an unsent message again, or has the last answer written again */
  retry(): void
  regenerate(messageId: string): void
  /** continues an answer that broke off, which stays visible meanwhile */
  continueAnswer(messageId: string): void
  /** approves or denies the tool call that the last answer waits for, which then continues */
  decide(messageId: string, decision: UserDecision): void
  /** replaces one of the user's messages; the old one and what followed it are kept as a branch */
  edit(messageId: string, text: string): void
  /** shows the branch that a message is on */
  switchBranch(messageId: string): void
}

export interface ChatManagerOptions {
  /** undefined: a new chat */
  chatId?: string | undefined
  agent: string
  /** @returns the model for the next answer; undefined: the server's default */
  modelId?: () => string | undefined
  /** false: sending the first message signs the visitor in as a guest */
  isSignedIn: boolean
  initialMessages: ChatMessage[]
  /** false if resuming is switched off */
  isResumable: boolean
  /** true where answers come over the tab's WebSocket */
  isOverSocket: boolean
  onReconnected?: () => void
  /** called when the first message of a new chat is sent */
  onChatCreated?: (chatId: string) => void
}

/** Manages one chat for its page: sending, following and stopping answers, and the state of the connection. */
export function useChatManager(options: ChatManagerOptions): ChatManager {
  const { initialMessages, isResumable } = options
  const [connection, setConnection] = useState<ConnectionState>("idle")
  const [stopProblem, setStopProblem] = useState<Error>()
  const [isAccepted, setAccepted] = useState(true)
  const onReconnected = useEffectEvent(() => options.onReconnected?.())
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
        loadSocket: options.isOverSocket ? loadTabSocket : undefined,
        onConnectionChange: setConnection,
        onBegun(chatId) {
          markAccepted(chatId)
          setAccepted(true)
        },
        onReconnected: () => onReconnected(),
      }),
      onError: (error) => {
        if (error instanceof StreamReset) setTimeout(() => void created.resumeStream(), startOverAfterMs)
      },
    })
    return created
  })
  const { messages: received, status, error } = useChat({ chat })
  const isStreaming = status === "submitted" || status === "streaming"
  const [continuing, setContinuing] = useState<Continuation>()
  const partial = continuing?.partial
  /** the answer whose regeneration was refused */
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

  /** Clears the state of the request before. */
  function reset(): void {
    setStopProblem(undefined)
    setContinuing(undefined)
    setRefusedId(undefined)
  }

  function beginRequest(): void {
    reset()
    setAsked((before) => before + 1)
  }

  const branches = useBranches(chat, { isStreaming, onProblem: setStopProblem })

  async function continueFrom(messageId: string, request: Continuation["request"]): Promise<void> {
    beginRequest()
    const partial = messages.find(({ id }) => id === messageId)
    if (!partial) return
    // The new answer takes the place of the partial one among the branches, under another id.
    if (partial.metadata?.branches) branches.expectNew()
    setContinuing({ partial, request })
    chat.messages = messages
    await chat.regenerate({ messageId, ...request })
    // Nothing has replaced the partial answer, so it is shown again.
    if (chat.error instanceof ChatProblem && chat.lastMessage?.role === "user") chat.messages = messages
  }

  async function regenerate(messageId: string): Promise<void> {
    beginRequest()
    branches.expectNew()
    const before = chat.messages
    await chat.regenerate({ messageId })
    // Nothing has replaced the answer, so it is shown again with all that follows it.
    if (!(chat.error instanceof ChatProblem) || chat.lastMessage?.role !== "user") return
    chat.messages = before
    setRefusedId(messageId)
  }

  function submit(message: Pick<ChatMessage, "id" | "parts" | "metadata">): void {
    beginRequest()
    setAccepted(false)
    putInOutbox(chat.id, message)
    const replaced = chat.messages.find(({ id }) => id === message.id || id === message.metadata?.replaces)
    void chat.sendMessage({ ...message, role: "user", ...(replaced && { messageId: replaced.id }) })
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
  const isUnsent = isStreaming && !isAccepted && (shownConnection === "offline" || shownConnection === "reconnecting")
  return {
    chatId: chat.id,
    messages,
    status: !isWriting ? "ready" : hasFirstWord(messages) ? "streaming" : "submitted",
    problem: shownError && !isShownByAnswer(messages, shownError) ? problemFor(shownError) : undefined,
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
      if (continuing && (last?.role === "user" || last?.id === continuing.partial.id))
        return void continueFrom(continuing.partial.id, continuing.request)
      if (refusedId !== undefined) return void regenerate(refusedId)
      if (last?.role === "user") return submit(last)
      beginRequest()
      if (last) void chat.regenerate({ messageId: last.id })
    },
    regenerate: (messageId) => void regenerate(messageId),
    continueAnswer: (messageId) => void continueFrom(messageId, continueRequest),
    decide: (messageId, decision) => void continueFrom(messageId, decisionRequest(decision)),
    edit(messageId, text) {
      const edited = messages.find(({ id }) => id === messageId)
      if (!edited) return
      branches.expectNew()
      submit(branchOf(edited, { id: crypto.randomUUID(), text }))
    },
    switchBranch(messageId) {
      reset()
      branches.show(messageId)
    },
    ...catchUp,
  }
}

/** A request to continue an answer, and the answer as it was shown before. */
interface Continuation {
  partial: ChatMessage
  request: { body: object }
}

const nothing: Attached = { files: [], artifacts: [] }

/** A pause, in case the server makes us start over again and again. */
const startOverAfterMs = 300
/** A stop can overtake its message on the way, so it is repeated until the server knows what to stop. */
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

/** Tells whether the failed answer itself shows the error, which a refused request does not. */
function isShownByAnswer(messages: ChatMessage[], error: Error): boolean {
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
