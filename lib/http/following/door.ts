import type { IncomingMessage, ServerResponse } from "node:http"
import { headersOf, sendResponse, writeHead } from "../node-messages.ts"
import { takeLines } from "../responses/attached-response.ts"
import { sendLines } from "../responses/send-lines.ts"
import { routes } from "../route.ts"
import { nothingToLoad, securityHeaders } from "../security-headers.ts"
import { followAddress } from "./address.ts"
import { followNewest, followRunning } from "./handlers.ts"

const handlers = { newest: routes({ GET: followNewest }).GET, running: routes({ GET: followRunning }).GET }

/**
 * Answers a request to follow an answer, as its route does, without Next in between: the lines go straight to Node's
 * response (`docs/decisions/025-followers-are-served-without-next.md`).
 */
export async function serveFollower(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const address = followAddress(request)
  if (!address) throw new TypeError("not an address at which answers are followed")
  for (const { key, value } of [...securityHeaders, ...nothingToLoad]) response.setHeader(key, value)
  const asked = new Request(new URL(request.url ?? "", "http://localhost"), { headers: headersOf(request.headers) })
  const answer = await handlers[address.of](asked, { params: Promise.resolve(address.params) })
  const lines = takeLines(answer)
  if (!lines) return sendResponse(answer, response)
  writeHead(response, answer, {})
  await sendLines(lines, response)
}
