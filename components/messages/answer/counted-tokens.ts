import type { Usage } from "#lib/chat-protocol.ts"
import { texts } from "../../texts.ts"

/** Formats a number of tokens, and says so where it is an estimate, or less than all that was used. */
export function counted(tokens: number, { estimated, isLowerBound }: Usage): string {
  if (estimated) return texts.aboutNumber(tokens)
  return isLowerBound ? texts.leastNumber(tokens) : texts.number(tokens)
}
