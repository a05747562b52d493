import type { Attaching } from "#hooks/composer/use-attachments.ts"
import { maxArtifacts, maxMessageChars, maxMessageParts } from "#lib/chat-protocol.ts"
import { beginningOf } from "#lib/text.ts"
import { texts } from "../texts.ts"

export interface Obstacle {
  /** what it is, and what to do about it */
  sentence: string
  /** it goes away by itself */
  isPassing: boolean
}

/** @returns why what was written cannot be sent now; undefined where it can, or where there is nothing */
export function whatIsInTheWay(text: string, items: Attaching[]): Obstacle | undefined {
  const { refused: sayRefused, failed: sayFailed, uploading: sayUploading, tooMany, tooManyTexts } = texts.inTheWay
  if (text.length > maxMessageChars) return lasting(texts.tooLong(maxMessageChars))
  const failed = items.filter((item) => item.state === "failed")
  const refused = failed.filter(({ canRetry }) => !canRetry)
  if (refused.length > 0) return lasting(sayRefused(namesOf(refused)))
  if (failed.length > 0) return lasting(sayFailed(namesOf(failed)))
  const files = items.filter(({ kind }) => kind === "file").length
  const mostFiles = maxMessageParts - 1 // one is for the words
  if (files > mostFiles) return lasting(tooMany(mostFiles, files - mostFiles))
  if (items.length - files > maxArtifacts)
    return lasting(tooManyTexts(maxArtifacts, items.length - files - maxArtifacts))
  const uploading = items.filter(({ state }) => state === "uploading")
  return uploading.length > 0 ? { sentence: sayUploading(namesOf(uploading)), isPassing: true } : undefined
}

function lasting(sentence: string): Obstacle {
  return { sentence, isPassing: false }
}

function namesOf(items: Attaching[]): string[] {
  return items.map(({ name }) => (name.length > mostNameChars ? `${beginningOf(name, mostNameChars)}…` : name))
}

const mostNameChars = 40
