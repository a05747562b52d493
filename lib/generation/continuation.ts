import type { UIMessageChunk } from "ai"

/** A shorter match is a coincidence: many sentences begin with "The". */
const minRepeatedChars = 20
/** How far back a model's repetition is searched for. */
const lookBackChars = 50_000

export interface Continuation {
  /** Returns what readers get for a chunk: nothing, the chunk, or also text that was held back. */
  transform(chunk: UIMessageChunk): Generator<UIMessageChunk>
  /** Returns the rest, once the model has finished. */
  end(): Generator<UIMessageChunk>
}

/**
 * Joins a model's continuation to the text that broke off, in the same part and without repetition. Thoughts before
 * the first word are left out, since no part can be inserted before an open one. If the model does something else
 * instead, the text ends where it broke off.
 * @param open the part that is open, with its text so far
 */
export function continuationOf(open: { id: string; text: string }): Continuation {
  const text = withoutRepetition(open.text)
  let state: "before" | "in-text" | "after" = "before"
  /** the model's own id of the continuing text */
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
        // The chunk's own metadata is dropped: it describes only the continuation.
        yield* close()
      else yield chunk
    },
    *end() {
      if (state !== "after") yield* close()
    },
  }
}

/**
 * Removes what a continuation repeats of a text: its last words, or all of it from the beginning. Text that may still
 * turn out to be a repetition is held back.
 * @param text the text so far
 */
function withoutRepetition(text: string): { add(delta: string): string; rest(): string } {
  const said = text.slice(-lookBackChars)
  /** undefined once the continuation is past any repetition */
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
