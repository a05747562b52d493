/** A reader for measurements: checks how late each token is, and that the answer is what the model sent. */
import { createParser } from "eventsource-parser"
import { nowMs, type Pace, tokenPattern } from "./timed-model.ts"

/**
 * Measures the delays of live tokens; a follower's backlog does not count. @throws if the answer is not what the model
 * sent
 */
export async function readTokens(
  response: Response,
  pace: Pace,
  delaysMs: number[],
  onFirst: () => void = () => undefined,
): Promise<void> {
  if (response.status !== 200 || !response.body) throw new Error(`${response.status} ${await response.text()}`)
  let isLive = response.headers.get("x-resume") === null
  const answer = timedAnswer(pace)
  const parser = createParser({
    onComment(comment) {
      if (comment.trim() === "caught-up") isLive = true
    },
    onEvent({ data }) {
      if (data === "[DONE]") return
      const chunk = JSON.parse(data)
      if (chunk.type === "text-delta" && answer.isEmpty) onFirst()
      answer.add(chunk)
      if (chunk.type === "text-delta" && isLive)
        for (const [, saidAt] of chunk.delta.matchAll(tokenPattern)) delaysMs.push(nowMs() - Number(saidAt))
    },
  })
  for await (const piece of response.body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>))
    parser.feed(piece)
  answer.expectWhole()
}

/** Collects the chunks of an answer, over whatever way they come. */
export function timedAnswer({ tokensPerSecond, seconds }: Pace) {
  let text = ""
  let end: string | undefined
  return {
    get isEmpty() {
      return text === ""
    },
    add(chunk: { type: string; delta?: string }): void {
      if (chunk.type === "text-delta") text += chunk.delta
      if (["finish", "abort", "error"].includes(chunk.type)) end = chunk.type
    },
    /** @throws if it is not what the model sent */
    expectWhole(): void {
      const counted = [...text.matchAll(tokenPattern)].map(([, , token]) => Number(token))
      const isWhole = counted.length === tokensPerSecond * seconds && counted.every((token, index) => token === index)
      if (end !== "finish" || !isWhole) throw new Error(`ended ${end}, after ${counted.length} tokens`)
    },
  }
}
