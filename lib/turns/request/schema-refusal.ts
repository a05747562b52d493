/** Turns what schemas of requests refuse into errors, with the places of all problems. */
import type { z } from "zod"
import { ChatError, type ErrorCode, errorKinds } from "#lib/errors.ts"

/** Names the error that a schema leads to, as the schema's message. */
export const code = (name: ErrorCode) => name

/**
 * Returns the error with the code of the first problem that names one, else "invalid_request".
 * @param at where the value stood in the request
 */
export function schemaRefusal({ issues }: z.core.$ZodError, at: (string | number)[] = []): ChatError {
  const details = issues.map((issue) => ({ path: placeOf([...at, ...issue.path]), problem: problemOf(issue) }))
  const known = details.find((detail) => detail.problem in errorKinds)?.problem as ErrorCode | undefined
  return new ChatError(known ?? "invalid_request", { details })
}

/** Writes a place, as in `message.parts[0].text`. */
function placeOf(path: PropertyKey[]): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./, "")
}

function problemOf(issue: z.core.$ZodIssue): string {
  return issue.code === "unrecognized_keys" ? code("unknown_field") : issue.message
}
