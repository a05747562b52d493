import { type ErrorCode, errorKinds } from "#lib/errors.ts"
import { referenceTo } from "./shape.ts"
import { errorShape } from "./shapes/error.ts"

/** Who may ask: a hidden address answers 404 to everyone else. */
export type Access = "anyone" | "user" | "admin" | "metrics token"

export const refusalsOfAccess: Record<Access, ErrorCode[]> = {
  anyone: ["starting", "internal_error"],
  user: [
    "unauthenticated",
    "session_invalid",
    "rate_limited",
    "db_unavailable",
    "db_busy",
    "starting",
    "internal_error",
  ],
  admin: ["not_found", "db_unavailable", "db_busy", "starting", "internal_error"],
  "metrics token": ["not_found", "starting", "internal_error"],
}

export const refusalsOfJson: ErrorCode[] = [
  "unsupported_media_type",
  "unsupported_encoding",
  "body_too_large",
  "request_timeout",
  "invalid_json",
  "invalid_encoding",
]

/**
 * Describes refusals by status, from the table of errors.
 * @param foreign codes that are not in that table, by status
 */
export function refusalResponses(codes: ErrorCode[], foreign: Record<number, string[]>): Record<string, object> {
  const known = [...new Set(codes)].map((code) => ({ code, ...errorKinds[code] }))
  const others = Object.entries(foreign).flatMap(([status, of]) =>
    of.map((code) => ({ code, status: Number(status), message: "as better-auth says" })),
  )
  const byStatus = Map.groupBy([...known, ...others], ({ status }) => status)
  return Object.fromEntries([...byStatus].map(([status, refusals]) => [status, refusal(status, refusals)]))
}

function refusal(status: number, refusals: { code: string; message: string }[]): object {
  const isWaiting = status === 429 || status === 503
  return {
    description: refusals.map(({ code, message }) => `\`${code}\`: ${message}`).join("\n\n"),
    ...(isWaiting && { headers: { "Retry-After": { description: "seconds", schema: { type: "integer" } } } }),
    content: {
      "application/json": {
        schema: {
          ...referenceTo(errorShape),
          properties: { error: { properties: { code: { enum: refusals.map(({ code }) => code) } } } },
        },
      },
    },
  }
}
