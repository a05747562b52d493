import { maxMessageChars } from "#lib/chat-protocol.ts"

/**
 * What was written and not sent, kept in this browser for each chat and for a new one of each agent. Only its text: files
 * lie on the server, and those that no message names are swept away.
 */
export interface Draft {
  text: string
  /** it had files or texts attached, which are not kept */
  hadAttachments: boolean
}

/** Where a draft belongs, and whose it is. */
export interface DraftPlace {
  /** undefined: a new chat */
  chatId: string | undefined
  agent: string
  /** undefined for guests: whoever they become, what they wrote comes along */
  owner: string | undefined
}

interface Kept extends Draft {
  owner: string | undefined
  /** when it was written, in ms since 1970 */
  atMs: number
}

const prefix = "rejoin:draft:"
/** As long as a message may be, each: together less than a fifth of what a browser lets a site keep. */
const mostDrafts = 20
const mostAgeMs = 30 * 24 * 60 * 60_000

export function draftKey({ chatId, agent }: DraftPlace): string {
  return `${prefix}${chatId ?? `new:${agent}`}`
}

/** @returns undefined where there is none, or where it is somebody else's */
export function readDraft(place: DraftPlace): Draft | undefined {
  const kept = parseDraft(localStorage.getItem(draftKey(place)))
  const isOwn = kept?.owner === undefined || kept.owner === place.owner
  return isOwn ? kept : undefined
}

/** An empty one is not kept, nor one that is too long for any message. */
export function keepDraft(place: DraftPlace, draft: Draft): void {
  const key = draftKey(place)
  if (draft.text === "") localStorage.removeItem(key)
  if (draft.text === "" || draft.text.length > maxMessageChars) return
  const kept: Kept = { ...draft, owner: place.owner, atMs: Date.now() }
  const isNew = localStorage.getItem(key) === null
  try {
    localStorage.setItem(key, JSON.stringify(kept))
  } catch {
    // The browser's room is full: a draft that is not kept is still where one writes.
    return
  }
  if (isNew) dropOldest()
}

export function dropDraft(chatId: string): void {
  localStorage.removeItem(`${prefix}${chatId}`)
}

/** Whoever comes next to this browser finds none. */
export function dropAllDrafts(): void {
  for (const { key } of all()) localStorage.removeItem(key)
}

export function parseDraft(text: string | null): Kept | undefined {
  return text === null ? undefined : (JSON.parse(text) as Kept) // written above, by a tab of this browser
}

function dropOldest(): void {
  const newestFirst = all().sort((one, other) => other.kept.atMs - one.kept.atMs)
  for (const [index, { key, kept }] of newestFirst.entries()) {
    const isTooOld = Date.now() - kept.atMs > mostAgeMs
    if (index >= mostDrafts || isTooOld) localStorage.removeItem(key)
  }
}

function all(): { key: string; kept: Kept }[] {
  return Object.keys(localStorage).flatMap((key) => {
    const kept = key.startsWith(prefix) ? parseDraft(localStorage.getItem(key)) : undefined
    return kept ? [{ key, kept }] : []
  })
}
