/**
 * The simulated provider of all peers, in a process of its own, on OpenAI's wire. How fast and how much it says stands
 * in the question, so one provider serves every measurement and every peer.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as wait } from "node:timers/promises"
import { killAtExit } from "#tests/support/kill-at-exit.ts"
import { doneLine, finishChunk, textChunk, usageChunk } from "#tests/support/providers/openai-wire.ts"
import { nowMs } from "./peers/reading.ts"

export interface Pace {
  tokens: number
  /** 0: as fast as they are read */
  tokensPerSecond: number
  /** tokens that are said at once, before the others; default 0 */
  burst?: number
  /** `timed`: each token carries its time and its number; `word`: each is `word `; a number: of so many characters */
  says?: "timed" | "word" | number
  /** says nothing more after its tokens, and does not end until it is told to; default false */
  stays?: boolean
}

/**
 * A timed token: when it was due, in shared milliseconds, and its number. What a server that reads too slowly keeps the
 * provider from saying in time is lag, too.
 */
export const timedToken = /(\d+(?:\.\d+)?):(\d+) /g

/** Length of `word `. */
export const wordChars = 5

/** The question that makes the provider answer so. */
export function questionFor({ tokens, tokensPerSecond, burst = 0, says = "word", stays = false }: Pace): string {
  return `say tokens=${tokens} perSecond=${tokensPerSecond} burst=${burst} says=${says} stays=${Number(stays)} now`
}

export interface Provider {
  /** with its `/v1` */
  url: string
  /** Ends all running answers after the token that is said next. */
  endAnswers(): void
  /** @returns how often it was asked so far */
  asked(): Promise<number>
  stop(): void
}

if (process.send && process.argv[1] === import.meta.filename) await serve()

export async function startProvider(): Promise<Provider> {
  const child = fork(import.meta.filename, { execArgv: [] })
  killAtExit(child)
  const [url] = await once(child, "message")
  return {
    url,
    endAnswers: () => void child.send("end"),
    async asked() {
      child.send("asked")
      const [count] = await once(child, "message")
      return Number(count)
    },
    stop: () => void child.kill(),
  }
}

async function serve(): Promise<void> {
  let asked = 0
  let stopped = new AbortController()
  const server = createServer(async (request, response) => {
    let body = ""
    for await (const piece of request.setEncoding("utf8")) body += piece
    asked++
    response.writeHead(200, { "content-type": "text/event-stream" })
    // Chat history holds earlier questions too.
    const last = [...body.matchAll(/tokens=(\d+) perSecond=(\d+) burst=(\d+) says=(\w+) stays=(\d)/g)].at(-1)
    const [tokens = 1, tokensPerSecond = 0, burst = 0] = last?.slice(1, 4).map(Number) ?? []
    const { signal } = stopped
    await say(response, { tokens, tokensPerSecond, burst, says: saysOf(last?.[4] ?? "word") }, signal)
    if (last?.[5] === "1" && !signal.aborted) await once(signal, "abort")
    response.write(finishChunk("test-model", "stop"))
    response.write(usageChunk("test-model", { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }))
    response.end(doneLine)
  })
  process.on("message", (told) => {
    if (told === "asked") process.send?.(asked)
    if (told !== "end") return
    stopped.abort()
    stopped = new AbortController()
  })
  process.on("disconnect", () => process.exit())
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`) // it listens on TCP
}

function saysOf(word: string): NonNullable<Pace["says"]> {
  if (word === "timed" || word === "word") return word
  return Number(word)
}

async function say(response: ServerResponse, pace: Pace, stopped: AbortSignal): Promise<void> {
  const { tokens, tokensPerSecond, burst = 0, says = "word" } = pace
  const fixed = textChunk("test-model", typeof says === "number" ? `${"x".repeat(says - 1)} ` : "word ")
  const startedAtMs = nowMs()
  for (let token = 0; token < tokens && !response.destroyed && !stopped.aborted; token++) {
    const dueMs = tokensPerSecond > 0 && token > burst ? ((token - burst) * 1000) / tokensPerSecond : 0
    const earlyMs = startedAtMs + dueMs - nowMs()
    if (earlyMs > 0) await wait(earlyMs)
    const isRoom = response.write(
      says === "timed" ? textChunk("test-model", `${(startedAtMs + dueMs).toFixed(1)}:${token} `) : fixed,
    )
    if (!isRoom && !response.destroyed) await roomIn(response)
  }
}

function roomIn(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off("drain", settle)
      response.off("close", settle)
      resolve()
    }
    response.on("drain", settle)
    response.on("close", settle)
  })
}
