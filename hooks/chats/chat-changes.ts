import { useSyncExternalStore } from "react"
import type { ChatSummary } from "#lib/chat-protocol.ts"
import * as api from "#lib/transports/chat-api.ts"
import { ChatProblem } from "#lib/transports/chat-problem.ts"
import { Listeners } from "../browser/listeners.ts"
import { broadcastRemoval, type RemovalNews, subscribeToRemovals } from "./shared-removals.ts"

/**
 * Changes that this tab has made to chats since the server listed them. Kept outside of React, so that every page can
 * correct a list that was requested before the change arrived.
 */
export interface ChatChanges {
  /** a new title applies for as long as the list still has the title that it replaced */
  titles: ReadonlyMap<string, { from: string; to: string }>
  /** "waiting": the deletion can still be undone. "gone": it was sent to the server */
  removals: ReadonlyMap<string, "waiting" | "gone">
}

/** How long a deletion can be undone. */
export const undoMs = 5_000
/** When to forget another tab's deletion without further news: that tab must have crashed. */
const newsTimeoutMs = 3 * undoMs

const none: ChatChanges = { titles: new Map(), removals: new Map() }
let changes = none
const listeners = new Listeners()
const timers = new Map<string, ReturnType<typeof setTimeout>>()
/** when this tab's pending deletions were requested, by `performance.now()` */
const askedAtMs = new Map<string, number>()

export function useChatChanges(): ChatChanges {
  return useSyncExternalStore(
    subscribe,
    () => changes,
    () => none,
  )
}

export function withTitles<Listed extends ChatSummary>(chats: Listed[], { titles }: ChatChanges): Listed[] {
  return chats.map((chat) => {
    const title = titles.get(chat.id)
    return title?.from === chat.title ? { ...chat, title: title.to } : chat
  })
}

interface Rename {
  chatId: string
  from: string
  to: string
  onProblem(problem: Problem): void
}

/** A sentence for people; undefined: the server could not be reached. */
type Problem = string | undefined

/** Shows the new title at once, and the old one again if the server refuses. */
export async function renameChat({ chatId, from, to, onProblem }: Rename): Promise<void> {
  const before = changes.titles.get(chatId)
  // After two renames in a row the list still has the first title.
  setTitle(chatId, { from: before?.to === from ? before.from : from, to })
  try {
    await api.renameChat(chatId, to)
  } catch (error) {
    setTitle(chatId, before)
    onProblem(sentenceOf(error))
  }
}

interface RemovalOptions {
  onGone(): void
  onProblem(problem: Problem): void
}

/** Takes the chat out of the list at once, and deletes it when the time to undo is over. */
export function removeChat(chatId: string, { onGone, onProblem }: RemovalOptions): void {
  setRemoval(chatId, "waiting")
  askedAtMs.set(chatId, performance.now())
  broadcastRemoval({ chatId, is: "waiting" })
  const send = async () => {
    try {
      await deleteNow(chatId)
      // Meanwhile the user may have written in the chat, and then stays there.
      if (changes.removals.get(chatId) === "gone") onGone()
    } catch (error) {
      setRemoval(chatId, undefined)
      onProblem(sentenceOf(error))
    }
  }
  timers.set(
    chatId,
    setTimeout(() => void send(), undoMs),
  )
}

export function undoRemoval(chatId: string): void {
  clearRemoval(chatId)
  broadcastRemoval({ chatId, is: "kept" })
}

/**
 * Cancels a pending deletion because the user writes in the chat.
 * @returns whether a deletion was pending
 */
export function keepChat(chatId: string): boolean {
  const wasPending = changes.removals.get(chatId) === "waiting"
  if (wasPending) undoRemoval(chatId)
  return wasPending
}

function clearRemoval(chatId: string): void {
  clearTimeout(timers.get(chatId))
  timers.delete(chatId)
  askedAtMs.delete(chatId)
  setRemoval(chatId, undefined)
}

/** Handles another tab's news. That tab sends the deletion itself. */
function onRemovalNews({ chatId, is }: RemovalNews): void {
  clearRemoval(chatId)
  if (is === "kept") return
  setRemoval(chatId, "waiting")
  timers.set(
    chatId,
    setTimeout(() => clearRemoval(chatId), newsTimeoutMs),
  )
}

async function deleteNow(chatId: string): Promise<void> {
  clearTimeout(timers.get(chatId))
  timers.delete(chatId)
  setRemoval(chatId, "gone")
  const askedMsAgo = Math.round(performance.now() - (askedAtMs.get(chatId) ?? performance.now()))
  askedAtMs.delete(chatId)
  await api.deleteChat(chatId, askedMsAgo)
}

/** Sends all pending deletions when the page is left. Their result can no longer be shown. */
function sendPendingDeletions(): void {
  for (const chatId of [...askedAtMs.keys()]) deleteNow(chatId).catch(() => undefined)
}

function sentenceOf(error: unknown): Problem {
  return error instanceof ChatProblem ? error.message : undefined
}

function setTitle(chatId: string, title: { from: string; to: string } | undefined): void {
  change({ ...changes, titles: changed(changes.titles, chatId, title) })
}

function setRemoval(chatId: string, removal: "waiting" | "gone" | undefined): void {
  change({ ...changes, removals: changed(changes.removals, chatId, removal) })
}

function changed<Value>(map: ReadonlyMap<string, Value>, key: string, value: Value | undefined): Map<string, Value> {
  const copy = new Map(map)
  if (value === undefined) copy.delete(key)
  else copy.set(key, value)
  return copy
}

let unsubscribe: (() => void) | undefined

function change(next: ChatChanges): void {
  changes = next
  listeners.notify()
}

function subscribe(onChange: () => void): () => void {
  const remove = listeners.add(onChange)
  if (listeners.size === 1) {
    window.addEventListener("pagehide", sendPendingDeletions)
    unsubscribe = subscribeToRemovals(onRemovalNews)
  }
  return () => {
    remove()
    if (listeners.size === 0) unsubscribe?.()
  }
}
