import { maxMessageChars } from "#lib/chat-protocol.ts"
import { localItems, storedValue } from "../browser/browser-storage.ts"

/**
 * A message that was not sent, stored in this browser for each chat and for a new chat of each agent. Only its text is
 * stored: attached files are on the server, which removes unused ones.
 */
export interface Draft {
  text: string
  /** it had attachments, which are not stored */
  hadAttachments: boolean
}

/** Where a draft belongs, and to whom. */
export interface DraftPlace {
  /** undefined: a new chat */
  chatId: string | undefined
  agent: string
  /** undefined for guests, who keep their drafts when they sign in */
  owner: string | undefined
}

interface Kept extends Draft {
  owner: string | undefined
  /** when it was written, in ms since 1970 */
  atMs: number
}

const prefix = "rejoin:draft:"
/** Even the longest drafts take less than a fifth of a site's storage. */
const maxDrafts = 20
const maxAgeMs = 30 * 24 * 60 * 60_000

export function draftKey({ chatId, agent }: DraftPlace): string {
  return `${prefix}${chatId ?? `new:${agent}`}`
}

/** @returns undefined if there is no draft, or it is another user's */
export function readDraft(place: DraftPlace): Draft | undefined {
  const kept = parseDraft(localItems.read(draftKey(place)))
  const isOwn = kept?.owner === undefined || kept.owner === place.owner
  return isOwn ? kept : undefined
}

/** Stores a draft, unless it is empty or too long for a message. */
export function keepDraft(place: DraftPlace, draft: Draft): void {
  const key = draftKey(place)
  if (draft.text === "") localItems.remove(key)
  if (draft.text === "" || draft.text.length > maxMessageChars) return
  const kept: Kept = { ...draft, owner: place.owner, atMs: Date.now() }
  const isNew = localItems.read(key) === null
  // If this fails, the text is still in its field.
  if (localItems.write(key, JSON.stringify(kept)) && isNew) dropOldest()
}

export function dropDraft(chatId: string): void {
  localItems.remove(`${prefix}${chatId}`)
}

/** Removes all drafts when the user signs out. */
export function dropAllDrafts(): void {
  for (const key of localItems.keys(prefix)) localItems.remove(key)
}

export function parseDraft(text: string | null): Kept | undefined {
  return storedValue<Kept>(
    text,
    ({ text: written, atMs, owner }) =>
      typeof written === "string" && typeof atMs === "number" && (owner === undefined || typeof owner === "string"),
  )
}

function dropOldest(): void {
  const newestFirst = all().sort((one, other) => other.kept.atMs - one.kept.atMs)
  for (const [index, { key, kept }] of newestFirst.entries()) {
    const isTooOld = Date.now() - kept.atMs > maxAgeMs
    if (index >= maxDrafts || isTooOld) localItems.remove(key)
  }
}

function all(): { key: string; kept: Kept }[] {
  return localItems.keys(prefix).flatMap((key) => {
    const kept = parseDraft(localItems.read(key))
    return kept ? [{ key, kept }] : []
  })
}
