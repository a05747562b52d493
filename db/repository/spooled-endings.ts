/**
 * Last rows that the database could not take yet, as files: what one life of a process could not store, the next one
 * does. Of an answer that was said to its end nothing is lost, and it is charged once, whatever dies when.
 */
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { z } from "zod"
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import type { EndedGeneration } from "#db/repository/turns/end-generation.ts"
import { isDatabaseAway } from "#lib/errors.ts"

export interface KeepingChats extends ChatRepository {
  /** Stores what an earlier life of this process has kept, as soon as the database takes it. Never throws. */
  storeKept(stopSignal: AbortSignal): Promise<void>
}

interface KeepingOptions {
  /** made when it is needed */
  folder: string
  onProblem: (error: unknown, streamId?: string) => void
}

const pauseMs = 2_000

/** The same repository; an end that it cannot store is on disk before its caller hears of that. */
export function keepingEndings(chats: ChatRepository, { folder, onProblem }: KeepingOptions): KeepingChats {
  const kept = new Set<string>()
  const fileOf = (streamId: string) => path.join(folder, `${streamId}.json`)

  async function endGeneration(ended: EndedGeneration): Promise<boolean> {
    try {
      const isStored = await chats.endGeneration(ended)
      if (kept.has(ended.streamId)) await forget(ended.streamId)
      return isStored
    } catch (error) {
      await keep(ended)
      throw error
    }
  }

  /** Whole or not at all, and there after a crash of the machine. Without a disk the memory has to do. */
  async function keep(ended: EndedGeneration): Promise<void> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const file = fileOf(ended.streamId)
      const unfinished = await open(`${file}.part`, "w", 0o600)
      try {
        await unfinished.writeFile(JSON.stringify(ended))
        await unfinished.sync()
      } finally {
        await unfinished.close()
      }
      await rename(`${file}.part`, file)
      kept.add(ended.streamId)
    } catch (error) {
      onProblem(error, ended.streamId)
    }
  }

  async function forget(streamId: string): Promise<void> {
    kept.delete(streamId)
    await rm(fileOf(streamId), { force: true }).catch((error: unknown) => onProblem(error, streamId))
  }

  /** A file that cannot be read stays on disk and is told; it is no ending. @throws what the database threw: it stays kept */
  async function store(streamId: string): Promise<void> {
    const ended = await readKept(streamId)
    if (!ended) return void kept.delete(streamId)
    await chats.endGeneration(ended)
    await forget(streamId)
  }

  async function readKept(streamId: string): Promise<EndedGeneration | undefined> {
    try {
      const text = await readFile(fileOf(streamId), "utf8")
      // As we wrote it; the frame is checked, the parts are what any stored message has.
      return keptSchema.parse(JSON.parse(text)) as unknown as EndedGeneration
    } catch (error) {
      onProblem(error, streamId)
      return undefined
    }
  }

  async function storeKept(stopSignal: AbortSignal): Promise<void> {
    const names = await readdir(folder).catch(() => []) // nothing was ever kept
    for (const name of names) if (name.endsWith(".json")) kept.add(path.basename(name, ".json"))
    for (const streamId of [...kept]) {
      while (kept.has(streamId) && !stopSignal.aborted) {
        try {
          await store(streamId)
        } catch (error) {
          if (!isDatabaseAway(error)) {
            // It would be refused again now. Whoever finds its producer dead tries once more.
            onProblem(error, streamId)
            break
          }
          await wait(pauseMs, undefined, { signal: stopSignal }).catch(() => undefined)
        }
      }
    }
  }

  /**
   * Whoever finds a dead producer stores its end, where that is known, before anything else is made of it. An end that
   * the database refuses is no reason to have the answer written and paid for again: that one would be refused too.
   */
  async function storeFirst(streamId: string): Promise<void> {
    if (kept.has(streamId)) await store(streamId)
  }

  return {
    ...chats,
    endGeneration,
    storeKept,
    async claimDead(claim) {
      await storeFirst(claim.streamId)
      return chats.claimDead(claim)
    },
  }
}

const keptSchema = z.looseObject({
  streamId: z.uuid(),
  epoch: z
    .int()
    .min(1)
    .max(2 ** 31 - 1),
  status: z.enum(["COMPLETE", "ERROR", "STOPPED", "INTERRUPTED"]),
  parts: z.array(z.looseObject({ type: z.string() })),
  metadata: z.looseObject({}),
  lastEventId: z.string().nullable(),
  sources: z.array(z.looseObject({ url: z.string(), title: z.string().optional() })),
  charge: z.looseObject({ model: z.string(), usage: z.looseObject({}) }),
})
