import type { UIMessageChunk } from "ai"

/** Agreements that are shorter are chance: many a sentence begins with "The". */
const minRepeatedChars = 20
/** Who begins anew further back than this is not noticed. */
const maxLookedBackChars = 50_000

export interface Continuation {
  /** @returns the chunk as readers are to get it; nothing where it is not for them, more where something waited for it */
  transform(chunk: UIMessageChunk): Generator<UIMessageChunk>
  /** What is still to be sent when the model has said everything. */
  end(): Generator<UIMessageChunk>
}

/**
 * Joins what a model says when it goes on to the text that broke off, so that both read as one: the same part, and
 * nothing said twice. Thoughts on how to go on come before it and are left out: no part can be put before an open one.
 * Where the model does something else instead, the text ends where it broke off.
 * @param open the part that is open, with its text so far
 */
export function continuationOf(open: { id: string; text: string }): Continuation {
  const text = withoutRepetition(open.text)
  let state: "before" | "in-text" | "after" = "before"
  /** the model's own id of the text it goes on with */
  let modelsId: string | undefined

  function* close(end: UIMessageChunk = { type: "text-end", id: open.id }): Generator<UIMessageChunk> {
    state = "after"
    yield* deltaOf(text.rest())
    yield end
  }

  function* deltaOf(delta: string): Generator<UIMessageChunk> {
    if (delta !== "") yield { type: "text-delta", id: open.id, delta }
  }

  return {
    *transform(chunk) {
      if (state === "before") {
        if (chunk.type === "start-step" || chunk.type.startsWith("reasoning-")) return
        if (chunk.type === "text-start") {
          state = "in-text"
          modelsId = chunk.id
          return
        }
        yield* close()
      }
      if (state === "in-text" && chunk.type === "text-delta" && chunk.id === modelsId)
        yield* deltaOf(text.add(chunk.delta))
      else if (state === "in-text" && chunk.type === "text-end" && chunk.id === modelsId)
        // Without what the end says of the text: most of it was said before.
        yield* close()
      else yield chunk
    },
    *end() {
      if (state !== "after") yield* close()
    },
  }
}

/**
 * Takes away what a model that goes on with a text repeats of it: the last words, or all from the beginning.
 * What could still become a repetition is held back until it is none.
 * @param text what was said before
 */
function withoutRepetition(text: string): { add(delta: string): string; rest(): string } {
  const said = text.slice(-maxLookedBackChars)
  /** undefined: what comes is new by now */
  let held: string | undefined = ""

  function rest(): string {
    const next = held ?? ""
    held = undefined
    return next.slice(repeatedChars(said, next))
  }

  return {
    add(delta) {
      if (held === undefined) return delta
      held += delta
      return said.includes(held) ? "" : rest()
    },
    rest,
  }
}

function repeatedChars(said: string, next: string): number {
  for (let chars = Math.min(said.length, next.length); chars >= minRepeatedChars; chars--)
    if (said.endsWith(next.slice(0, chars))) return chars
  return 0
}
