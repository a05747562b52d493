import type { UIMessageChunk } from "ai"
import type { ChatMessagePart } from "#lib/chat-protocol.ts"
import type { RemoteAnswer } from "#lib/models/remote-agent.ts"
import { chunkCleaner } from "../chunk-cleaner.ts"
import { openParts } from "../open-parts.ts"

/** Returns the chunks that replace the answer if readers missed a part of it; if that cannot be told, none. */
export async function correctionsOf(
  remote: RemoteAnswer,
  parts: ChatMessagePart[],
  onProblem: (error: unknown) => void,
): Promise<UIMessageChunk[]> {
  try {
    const clean = chunkCleaner(onProblem)
    const open = openParts()
    const cleaned: UIMessageChunk[] = []
    for (const chunk of await remote.corrections(parts)) cleaned.push(...(await clean(chunk)))
    for (const chunk of cleaned) open.track(chunk)
    return [...cleaned, ...open.closing()]
  } catch (error) {
    onProblem(error)
    return []
  }
}
