import type { IncomingMessage, ServerResponse } from "node:http"
import { requestOf, sendResponse, writeHead } from "../node-messages.ts"
import { takeLines } from "../responses/attached-response.ts"
import { sendLines } from "../responses/send-lines.ts"
import { routes } from "../route.ts"
import { nothingToLoad, onlyHttps, overHttps, securityHeaders } from "../security-headers.ts"
import { answerAddress } from "./address.ts"
import { beginAnswer, followNewest, followRunning } from "./handlers.ts"

/** As Next matches it for its own responses. */
const isHttps = new RegExp(`^${overHttps.value}$`)

const handlers = {
  begin: routes({ POST: beginAnswer }).POST,
  followNewest: routes({ GET: followNewest }).GET,
  followRunning: routes({ GET: followRunning }).GET,
}

/**
 * Answers a request to begin or to follow an answer, as its route does, without Next in between: the lines go straight
 * to Node's response (`docs/decisions/025-answers-are-served-without-next.md`).
 */
export async function serveAnswer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const address = answerAddress(request)
  if (!address) throw new TypeError("not an address at which answers begin or are followed")
  const forHttps = isHttps.test(String(request.headers[overHttps.header])) ? onlyHttps : []
  for (const { key, value } of [...securityHeaders, ...forHttps, ...nothingToLoad]) response.setHeader(key, value)
  const answer = await handlers[address.for](requestOf(request), { params: Promise.resolve(address.params) })
  const lines = takeLines(answer)
  if (!lines) return sendResponse(answer, response)
  writeHead(response, answer, {})
  await sendLines(lines, response)
}
