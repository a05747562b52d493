/** The AI SDK's UI message stream, for the peers that speak it. */
import { createParser } from "eventsource-parser"
import type { Decoder } from "./reading.ts"

export function uiMessageDecoder(): Decoder {
  const characters = new TextDecoder()
  let text = ""
  let ending: Decoder["ending"]
  const parser = createParser({
    onEvent({ data }) {
      if (data === "[DONE]") return
      const chunk = JSON.parse(data)
      if (chunk.type === "text-delta") text += chunk.delta
      if (chunk.type === "finish") ending = "finished"
      if (chunk.type === "error" || chunk.type === "abort") ending = "failed"
    },
  })
  return {
    add(bytes) {
      text = ""
      parser.feed(characters.decode(bytes, { stream: true }))
      return text
    },
    get ending() {
      return ending
    },
  }
}

export function userMessage(id: string, text: string) {
  return { id, role: "user" as const, parts: [{ type: "text" as const, text }] }
}
