import { useSyncExternalStore } from "react"
import type { ChatSummary } from "#lib/chat-protocol.ts"
import * as api from "#lib/transports/chat-api.ts"
import { ChatProblem } from "#lib/transports/chat-problem.ts"
import { broadcastRemoval, type RemovalNews, subscribeToRemovals } from "./shared-removals.ts"

/**
 * What this tab has changed about its chats since the server listed them. Kept beside the pages: a list that was asked
 * for before a change arrived is put right by it, whichever page shows it.
 */
export interface ChatChanges {
  /** A title counts until the list has another one than that which it took the place of. */
  titles: ReadonlyMap<string, { from: string; to: string }>
  /** "waiting": it can still be taken back. "gone": it was sent */
  removals: ReadonlyMap<string, "waiting" | "gone">
}

/** How long a deletion can be taken back. */
export const undoMs = 5_000
/** Another tab's deletion of which nothing more is heard: that tab is gone without a word. */
const unheardMs = 3 * undoMs

const none: ChatChanges = { titles: new Map(), removals: new Map() }
let changes = none
const listeners = new Set<() => void>()
const timers = new Map<string, ReturnType<typeof setTimeout>>()
/** of the deletions of this tab, by the clock of `performance.now()` */
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

/** A sentence for people; undefined: the server was not reached. */
type Problem = string | undefined

/** The new title is shown at once; where it is refused, the old one again. */
export async function renameChat({ chatId, from, to, onProblem }: Rename): Promise<void> {
  const before = changes.titles.get(chatId)
  // Renamed twice: the list still has the first title.
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

/** The chat is out of the list at once, and deleted when it cannot be taken back any more. */
export function removeChat(chatId: string, { onGone, onProblem }: RemovalOptions): void {
  setRemoval(chatId, "waiting")
  askedAtMs.set(chatId, performance.now())
  broadcastRemoval({ chatId, is: "waiting" })
  const send = async () => {
    try {
      await deleteNow(chatId)
      // Whoever has written in it meanwhile stays with what is written there.
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
  forgetRemoval(chatId)
  broadcastRemoval({ chatId, is: "kept" })
}

/**
 * Somebody writes in a chat: it is not to be deleted.
 * @returns whether it was to be
 */
export function keepChat(chatId: string): boolean {
  const wasToGo = changes.removals.get(chatId) === "waiting"
  if (wasToGo) undoRemoval(chatId)
  return wasToGo
}

function forgetRemoval(chatId: string): void {
  clearTimeout(timers.get(chatId))
  timers.delete(chatId)
  askedAtMs.delete(chatId)
  setRemoval(chatId, undefined)
}

/** Of another tab, which sees to the rest. */
function onRemovalNews({ chatId, is }: RemovalNews): void {
  forgetRemoval(chatId)
  if (is === "kept") return
  setRemoval(chatId, "waiting")
  timers.set(
    chatId,
    setTimeout(() => forgetRemoval(chatId), unheardMs),
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

/** Nobody is there any more to take it back, nor to hear how it went. */
function deleteWaiting(): void {
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

let endHearing: (() => void) | undefined

function change(next: ChatChanges): void {
  changes = next
  for (const tell of listeners) tell()
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell)
  if (listeners.size === 1) {
    window.addEventListener("pagehide", deleteWaiting)
    endHearing = subscribeToRemovals(onRemovalNews)
  }
  return () => {
    listeners.delete(tell)
    if (listeners.size === 0) endHearing?.()
  }
}
