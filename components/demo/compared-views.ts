import type { ShownChat } from "#hooks/chat/use-shown-chat.ts"
import { demoTexts } from "./demo-texts.ts"

/** Two views may differ by a few words while text arrives. With a larger difference one of them is behind. */
const fewWords = 15
/** The end of a growing text can look different in each view: half a table is not rendered as a table yet. */
const unsettledChars = 200

/** Compares two views in a sentence. @returns undefined if there is nothing to compare */
export function compared(first: ShownChat, second: ShownChat): string | undefined {
  if (first.words === 0 || second.words === 0) return undefined
  const words = first.words - second.words
  if (Math.abs(words) > fewWords) return demoTexts.behind(words > 0 ? 2 : 1, Math.abs(words))
  const [shorter, longer] = words > 0 ? [second.text, first.text] : [first.text, second.text]
  return longer.startsWith(shorter.slice(0, -unsettledChars)) ? demoTexts.same : undefined
}
