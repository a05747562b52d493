/**
 * One response that streams an answer. While it is measured it only keeps the pieces and their times; they are decoded
 * when somebody looks, so that readers cost the machine little.
 */
import { once } from "node:events"
import { type Agent, type IncomingMessage, request } from "node:http"

/** The time that all processes of this machine share, in milliseconds. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

/** Reads one peer's wire. One decoder reads one response. */
export interface Decoder {
  /** @returns the text that these bytes add to the answer */
  add(bytes: Uint8Array): string
  /** how the answer ended, as far as the wire says so */
  readonly ending: "finished" | "failed" | undefined
}

export interface Asking {
  url: string
  method: "GET" | "POST"
  headers: Record<string, string>
  body?: unknown
  agent: Agent
  makeDecoder: () => Decoder
}

/** @returns undefined where the response is 204. @throws if it is neither that nor 200 */
export async function openReading({ url, method, headers, body, agent, makeDecoder }: Asking) {
  const askedAtMs = nowMs()
  const json = body === undefined ? undefined : JSON.stringify(body)
  const sent = request(url, {
    method,
    agent,
    headers: { ...headers, ...(json !== undefined && { "content-type": "application/json" }) },
  }).end(json)
  const [response] = (await once(sent, "response")) as [IncomingMessage]
  if (response.statusCode === 200) return new Reading(response, askedAtMs, makeDecoder())
  let said = ""
  for await (const piece of response.setEncoding("utf8")) said += piece
  if (response.statusCode === 204) return undefined
  throw new Error(`${method} ${url}: ${response.statusCode} ${said.slice(0, 300)}`)
}

export class Reading {
  readonly askedAtMs: number
  readonly headersAtMs = nowMs()
  /** until `ended`, it may still grow */
  endedAtMs = Number.NaN
  firstByteAtMs = Number.NaN
  bytes = 0
  /** Settles once the connection is over, however it ended. */
  readonly ended: Promise<void>
  readonly #response: IncomingMessage
  readonly #decoder: Decoder
  readonly #undecoded: { atMs: number; bytes: Buffer }[] = []
  readonly #timeline: { atMs: number; text: string }[] = []
  #looking = new Set<() => void>()
  #isCut = false

  constructor(response: IncomingMessage, askedAtMs: number, decoder: Decoder) {
    this.askedAtMs = askedAtMs
    this.#response = response
    this.#decoder = decoder
    this.ended = new Promise((resolve) => {
      response.on("data", (bytes: Buffer) => {
        const atMs = nowMs()
        if (this.bytes === 0) this.firstByteAtMs = atMs
        this.bytes += bytes.length
        this.#undecoded.push({ atMs, bytes })
        for (const look of this.#looking) look()
      })
      response.on("error", () => {
        this.#isCut = true // its `close` follows
      })
      response.on("close", () => {
        this.endedAtMs = nowMs()
        this.#isCut ||= !response.complete
        resolve()
        for (const look of this.#looking) look()
      })
    })
  }

  /** "cut": the connection ended, and neither the wire nor HTTP says that the answer has. */
  get ending(): "running" | "finished" | "failed" | "cut" {
    this.#decode()
    if (this.#decoder.ending) return this.#decoder.ending
    return Number.isNaN(this.endedAtMs) ? "running" : "cut"
  }

  /** whether the connection broke off, as HTTP sees it */
  get isCut(): boolean {
    return this.#isCut
  }

  /** the text that came, piece by piece */
  get timeline(): readonly { atMs: number; text: string }[] {
    this.#decode()
    return this.#timeline
  }

  get text(): string {
    return this.timeline.map(({ text }) => text).join("")
  }

  /** when the answer's first text came */
  get firstTextAtMs(): number {
    return this.timeline[0]?.atMs ?? Number.NaN
  }

  /** when the text that came last came */
  get lastTextAtMs(): number {
    return this.timeline.at(-1)?.atMs ?? Number.NaN
  }

  /** Waits for the text to have so many characters. @returns false if it ended before */
  async untilChars(chars: number): Promise<boolean> {
    let seen = 0
    let counted = 0
    const isThere = () => {
      const { timeline } = this
      for (; counted < timeline.length; counted++) seen += timeline[counted]?.text.length ?? 0
      return seen >= chars
    }
    while (!isThere()) {
      if (!Number.isNaN(this.endedAtMs)) return false
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#looking.delete(look)
          resolve()
        }
        this.#looking.add(look)
      })
    }
    return true
  }

  /** Leaves the rest unread in the kernel's buffers, as a stuck reader does. */
  pause(): void {
    this.#response.pause()
  }

  resume(): void {
    this.#response.resume()
  }

  /** Leaves, as a closed tab does. */
  close(): void {
    this.#response.destroy()
  }

  #decode(): void {
    for (const { atMs, bytes } of this.#undecoded.splice(0)) {
      const text = this.#decoder.add(bytes)
      if (text !== "") this.#timeline.push({ atMs, text })
    }
  }
}
