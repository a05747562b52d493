/** A reader for measurements: how late is each token, and is the answer what the model said? */
import { createParser } from "eventsource-parser"
import { nowMs, type Pace, saidPattern } from "./timed-model.ts"

/** Tokens that were there before a follower came are not late. @throws where the answer is not what the model said */
export async function readTokens(
  response: Response,
  { tokensPerSecond, seconds }: Pace,
  delaysMs: number[],
  onFirst: () => void = () => undefined,
): Promise<void> {
  if (response.status !== 200 || !response.body) throw new Error(`${response.status} ${await response.text()}`)
  let isLive = response.headers.get("x-resume") === null
  let text = ""
  let end: string | undefined
  const parser = createParser({
    onComment(comment) {
      if (comment.trim() === "caught-up") isLive = true
    },
    onEvent({ data }) {
      if (data === "[DONE]") return
      const chunk = JSON.parse(data)
      if (chunk.type === "text-delta") {
        if (text === "") onFirst()
        text += chunk.delta
        if (isLive) for (const [, saidAt] of chunk.delta.matchAll(saidPattern)) delaysMs.push(nowMs() - Number(saidAt))
      }
      if (["finish", "abort", "error"].includes(chunk.type)) end = chunk.type
    },
  })
  for await (const piece of response.body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>))
    parser.feed(piece)
  const counted = [...text.matchAll(saidPattern)].map(([, , token]) => Number(token))
  const isWhole = counted.length === tokensPerSecond * seconds && counted.every((token, index) => token === index)
  if (end !== "finish" || !isWhole) throw new Error(`ended ${end}, after ${counted.length} tokens`)
}
