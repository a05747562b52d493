import type { z } from "zod"

/** Parts of a request that `MODEL_OMITS` can name. */
const omittable = [
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "schema",
  "stream",
  "stream_options",
  "system",
  "image",
  "pdf",
  "thoughts",
  "tool_ids",
  "temperature",
  "max_tokens",
]

/** Parses `name`, or `model=name` for a single model; a model's id may contain `=`. */
export function omitOf(entry: string, context: z.RefinementCtx): { modelId: string | undefined; name: string } {
  const end = entry.lastIndexOf("=")
  const name = entry.slice(end + 1)
  if (!omittable.includes(name))
    context.addIssue(`is a list of name or model=name, each name one of ${omittable.join(", ")}`)
  return { modelId: end < 0 ? undefined : entry.slice(0, end), name }
}
