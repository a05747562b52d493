import type { ShownChat } from "#hooks/chat/use-shown-chat.ts"
import { demoTexts } from "./demo-texts.ts"

/** A view shows a few words later what the other one has; more than these, and it is behind. */
const fewWords = 15
/** The end of a text that is being written can look another way in each view: half a table is no table yet. */
const unsettledChars = 200

/** @returns whether two views show the same, in a sentence; undefined where there is nothing to compare */
export function compared(first: ShownChat, second: ShownChat): string | undefined {
  if (first.words === 0 || second.words === 0) return undefined
  const words = first.words - second.words
  if (Math.abs(words) > fewWords) return demoTexts.behind(words > 0 ? 2 : 1, Math.abs(words))
  const [shorter, longer] = words > 0 ? [second.text, first.text] : [first.text, second.text]
  return longer.startsWith(shorter.slice(0, -unsettledChars)) ? demoTexts.same : undefined
}
