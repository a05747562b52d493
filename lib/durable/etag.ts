/** Names a response's bytes: an event never changes, so two offsets and the end identify everything between them. */
export function etagOf(streamId: string, range: { from: string; next: string; isClosed: boolean }): string {
  return `"${streamId}:${range.from}:${range.next}${range.isClosed ? ":c" : ""}"`
}

/** Tells whether an `If-None-Match` header names this ETag. A malformed header names nothing. */
export function isMatch(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false
  if (ifNoneMatch.trim() === "*") return true
  // A proxy that compresses makes an ETag weak; for a GET that is no difference.
  const given = ifNoneMatch.split(",").map((each) => each.trim().replace(/^W\//, ""))
  return given.includes(etag)
}
