/** A provider for measurements, in its own thread: every token carries the time at which it was sent. */
import { once } from "node:events"
import { createServer } from "node:http"
import { setTimeout as wait } from "node:timers/promises"
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads"
import { doneLine, finishChunk, textChunk, usageChunk } from "#tests/support/providers/openai-wire.ts"

export interface Pace {
  tokensPerSecond: number
  seconds: number
  /** whether tokens tell when they were sent (default), or are as short as a real model's */
  isTimed?: boolean
}

/** A token consists of its time and its number. */
export const tokenPattern = /(\d+(?:\.\d+)?):(\d+) /g

if (!isMainThread) await serveModel(workerData as Pace) // sent by `startTimedModel`

/** Starts the provider. @returns its base URL, and a function that stops it */
export async function startTimedModel(pace: Pace): Promise<{ url: string; stop(): Promise<unknown> }> {
  const thread = new Worker(new URL(import.meta.url), { workerData: pace })
  const [url] = (await once(thread, "message")) as [string]
  return { url, stop: () => thread.terminate() }
}

/** Returns a time that all threads and processes of this machine share. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

async function serveModel({ tokensPerSecond, seconds, isTimed = true }: Pace): Promise<void> {
  const server = createServer(async (request, response) => {
    for await (const _ of request); // the request's content does not matter
    response.writeHead(200, { "content-type": "text/event-stream" })
    const startedAt = performance.now()
    for (let token = 0; token < tokensPerSecond * seconds && !response.destroyed; token++) {
      await wait(Math.max(startedAt + (token * 1000) / tokensPerSecond - performance.now(), 1))
      response.write(textChunk("test-model", `${isTimed ? nowMs().toFixed(1) : 0}:${token} `))
    }
    response.write(finishChunk("test-model", "stop"))
    response.write(usageChunk("test-model", { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }))
    response.end(doneLine)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  const port = typeof address === "object" && address ? address.port : 0
  parentPort?.postMessage(`http://127.0.0.1:${port}/v1`)
}
