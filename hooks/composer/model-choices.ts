import { type DraftPlace, draftKey } from "./drafts.ts"

/** A model that was chosen for a chat, kept in this browser until an answer says the same. */
export interface KeptChoice {
  modelId: string
  /** the newest answer there was then; undefined: none. Another one has a model of its own to say */
  after: string | undefined
}

interface Kept extends KeptChoice {
  owner: string | undefined
}

const lastKey = "rejoin:model"
const prefix = `${lastKey}:`
/** More chats than anybody leaves with a choice that was not used. */
const mostKept = 50

/** @returns what is kept, to be read by `parseChoice`: the same text for as long as nothing changes */
export function storedChoice(place: DraftPlace): string | null {
  return localStorage.getItem(keyOf(place))
}

/** @returns undefined where there is none, or where it is somebody else's */
export function parseChoice(stored: string | null, { owner }: DraftPlace): KeptChoice | undefined {
  if (stored === null) return undefined
  const kept = JSON.parse(stored) as Kept // written below, by a tab of this browser
  return kept.owner === undefined || kept.owner === owner ? kept : undefined
}

export function keepChoice(place: DraftPlace, choice: KeptChoice): void {
  const kept: Kept = { ...choice, owner: place.owner }
  const others = Object.keys(localStorage).filter((key) => key.startsWith(prefix) && key !== keyOf(place))
  for (const key of others.slice(mostKept)) localStorage.removeItem(key)
  write(keyOf(place), JSON.stringify(kept))
}

export function dropChoice(place: DraftPlace): void {
  localStorage.removeItem(keyOf(place))
}

/** What was chosen last in any chat: a new one begins with it. */
export function lastChoice(): string | null {
  return localStorage.getItem(lastKey)
}

export function keepLastChoice(modelId: string): void {
  write(lastKey, modelId)
}

/** Whoever comes next to this browser finds none. */
export function dropAllChoices(): void {
  for (const key of Object.keys(localStorage))
    if (key === lastKey || key.startsWith(prefix)) localStorage.removeItem(key)
}

function keyOf(place: DraftPlace): string {
  return `${prefix}${draftKey(place)}`
}

function write(key: string, text: string): void {
  try {
    localStorage.setItem(key, text)
  } catch {
    // The browser's room is full: a choice that is not kept counts for as long as the page does.
  }
}
