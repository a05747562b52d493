import { createHash, timingSafeEqual } from "node:crypto"
import { ChatError } from "#lib/errors.ts"
import { forEachMethod, type Handler, routes } from "#lib/http/route.ts"
import { metricsText } from "#lib/operator/metrics.ts"

/** Returns the metrics of this process to clients with the token. Answers 404 to all others. */
const read: Handler = async (request, { services }) => {
  const given = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1]
  const wanted = services.config.metricsToken
  if (wanted === undefined || given === undefined || !isSame(given, wanted)) throw new ChatError("not_found")
  if (request.method !== "GET") throw new ChatError("method_not_allowed", { headers: { allow: "GET" } })
  return new Response(metricsText(services.reports.readProcess()), {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" },
  })
}

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = routes(forEachMethod(read))

/** Compares in constant time, so that guesses reveal nothing. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
