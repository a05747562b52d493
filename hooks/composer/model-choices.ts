import { localItems, storedValue } from "../browser/browser-storage.ts"
import { type DraftPlace, draftKey } from "./drafts.ts"

/** A model that was chosen for a chat, stored in this browser until an answer was written by it. */
export interface KeptChoice {
  modelId: string
  /** the newest answer at that time; undefined: none. A newer one overrides the choice by its own model */
  after: string | undefined
}

interface Kept extends KeptChoice {
  owner: string | undefined
}

const lastKey = "rejoin:model"
const prefix = `${lastKey}:`
/** More unused choices than anyone leaves behind. */
const maxKept = 50

/** @returns the stored text for `parseChoice`; it stays the same until the choice changes */
export function storedChoice(place: DraftPlace): string | null {
  return localItems.read(keyOf(place))
}

/** @returns undefined if there is no choice, or it is another user's */
export function parseChoice(stored: string | null, { owner }: DraftPlace): KeptChoice | undefined {
  const kept = storedValue<Kept>(stored, ({ modelId }) => typeof modelId === "string")
  return kept?.owner === undefined || kept.owner === owner ? kept : undefined
}

export function keepChoice(place: DraftPlace, choice: KeptChoice): void {
  const kept: Kept = { ...choice, owner: place.owner }
  const others = localItems.keys(prefix).filter((key) => key !== keyOf(place))
  for (const key of others.slice(maxKept)) localItems.remove(key)
  localItems.write(keyOf(place), JSON.stringify(kept))
}

export function dropChoice(place: DraftPlace): void {
  localItems.remove(keyOf(place))
}

/** @returns the model chosen last in any chat, with which a new chat begins */
export function lastChoice(): string | null {
  return localItems.read(lastKey)
}

export function keepLastChoice(modelId: string): void {
  localItems.write(lastKey, modelId)
}

/** Removes all choices when the user signs out. */
export function dropAllChoices(): void {
  for (const key of [lastKey, ...localItems.keys(prefix)]) localItems.remove(key)
}

function keyOf(place: DraftPlace): string {
  return `${prefix}${draftKey(place)}`
}
