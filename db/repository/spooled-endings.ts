/**
 * Spools last rows as files while the database cannot take them: what one process could not store, the next one does.
 * A finished answer is never lost, and it is charged once, whichever process dies when.
 */
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { z } from "zod"
import type { ChatRepository } from "#db/repository/chat-repository.ts"
import type { EndedGeneration } from "#db/repository/turns/end-generation.ts"
import { isDatabaseAway } from "#lib/errors.ts"

export interface SpoolingRepository extends ChatRepository {
  /** Stores what an earlier process has spooled, as soon as the database accepts it. Never throws. */
  storeSpooled(stopSignal: AbortSignal): Promise<void>
}

interface SpoolOptions {
  /** Created on first use. */
  folder: string
  onProblem: (error: unknown, streamId?: string) => void
}

const pauseMs = 2_000

/** Wraps a repository: an end that it cannot store is on disk before the caller learns of the failure. */
export function spooledEndings(repository: ChatRepository, { folder, onProblem }: SpoolOptions): SpoolingRepository {
  const { streams } = repository
  const spooled = new Set<string>()
  const fileOf = (streamId: string) => path.join(folder, `${streamId}.json`)

  async function end(ended: EndedGeneration): Promise<boolean> {
    try {
      const isStored = await streams.end(ended)
      if (spooled.has(ended.streamId)) await forget(ended.streamId)
      return isStored
    } catch (error) {
      await spool(ended)
      throw error
    }
  }

  /** Writes the whole file or none, safe from a crash of the machine. Without a disk, the row waits in memory only. */
  async function spool(ended: EndedGeneration): Promise<void> {
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
      spooled.add(ended.streamId)
    } catch (error) {
      onProblem(error, ended.streamId)
    }
  }

  async function forget(streamId: string): Promise<void> {
    spooled.delete(streamId)
    await rm(fileOf(streamId), { force: true }).catch((error: unknown) => onProblem(error, streamId))
  }

  /** Stores a spooled end. A file that cannot be read is reported and stays on disk. @throws what the database threw */
  async function store(streamId: string): Promise<void> {
    const ended = await readSpooled(streamId)
    if (!ended) return void spooled.delete(streamId)
    await streams.end(ended)
    await forget(streamId)
  }

  async function readSpooled(streamId: string): Promise<EndedGeneration | undefined> {
    try {
      const text = await readFile(fileOf(streamId), "utf8")
      // This process wrote the file: the frame is checked, and parts are as in any stored message.
      return spooledSchema.parse(JSON.parse(text)) as unknown as EndedGeneration
    } catch (error) {
      onProblem(error, streamId)
      return undefined
    }
  }

  async function storeSpooled(stopSignal: AbortSignal): Promise<void> {
    const names = await readdir(folder).catch(() => []) // nothing was ever spooled
    for (const name of names) if (name.endsWith(".json")) spooled.add(path.basename(name, ".json"))
    for (const streamId of [...spooled]) {
      while (spooled.has(streamId) && !stopSignal.aborted) {
        try {
          await store(streamId)
        } catch (error) {
          if (!isDatabaseAway(error)) {
            // The database would refuse it again now. The next process that finds the producer dead tries once more.
            onProblem(error, streamId)
            break
          }
          await wait(pauseMs, undefined, { signal: stopSignal }).catch(() => undefined)
        }
      }
    }
  }

  /**
   * Stores the end of a dead producer's stream if it is known, before the stream is taken over. If the database
   * refuses it, this throws: an answer that is written and paid for again would be refused as well.
   */
  async function storeFirst(streamId: string): Promise<void> {
    if (spooled.has(streamId)) await store(streamId)
  }

  return {
    ...repository,
    streams: {
      ...streams,
      end,
      async claimDead(claim) {
        await storeFirst(claim.streamId)
        return streams.claimDead(claim)
      },
    },
    storeSpooled,
  }
}

const spooledSchema = z.looseObject({
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
