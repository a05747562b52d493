import type { Attaching } from "#hooks/composer/use-attachments.ts"
import { maxArtifacts, maxMessageChars, maxMessageParts } from "#lib/chat-protocol.ts"
import { shortened } from "#lib/text.ts"
import { texts } from "../texts.ts"

export interface Obstacle {
  /** what is wrong, and what to do about it */
  sentence: string
  /** it will resolve itself */
  isTemporary: boolean
}

/** @returns why the message cannot be sent now; undefined if it can be, or is empty */
export function obstacleTo(text: string, items: Attaching[]): Obstacle | undefined {
  const { refused: sayRefused, failed: sayFailed, uploading: sayUploading, tooMany, tooManyTexts } = texts.inTheWay
  if (text.length > maxMessageChars) return permanent(texts.tooLong(maxMessageChars))
  const failed = items.filter((item) => item.state === "failed")
  const refused = failed.filter(({ canRetry }) => !canRetry)
  if (refused.length > 0) return permanent(sayRefused(namesOf(refused)))
  if (failed.length > 0) return permanent(sayFailed(namesOf(failed)))
  const files = items.filter(({ kind }) => kind === "file").length
  const maxFiles = maxMessageParts - 1 // one part is the text
  if (files > maxFiles) return permanent(tooMany(maxFiles, files - maxFiles))
  if (items.length - files > maxArtifacts)
    return permanent(tooManyTexts(maxArtifacts, items.length - files - maxArtifacts))
  const uploading = items.filter(({ state }) => state === "uploading")
  return uploading.length > 0 ? { sentence: sayUploading(namesOf(uploading)), isTemporary: true } : undefined
}

function permanent(sentence: string): Obstacle {
  return { sentence, isTemporary: false }
}

function namesOf(items: Attaching[]): string[] {
  return items.map(({ name }) => shortened(name, maxNameChars))
}

const maxNameChars = 40
