import type { IncomingMessage } from "node:http"

const newest = /^\/api\/chat\?/
const running = /^\/api\/chat\/(?<chatId>[^/?%]+)\/stream(?:\?|$)/

/**
 * Recognises a request to begin or to follow an answer. Other spellings of the same addresses are left to Next, which
 * redirects or decodes them.
 */
export function answerAddress({ method, url = "" }: Pick<IncomingMessage, "method" | "url">) {
  if (method === "POST" && url === "/api/chat") return { for: "begin" as const, params: {} }
  if (method !== "GET") return undefined
  if (newest.test(url)) return { for: "followNewest" as const, params: {} }
  const chatId = running.exec(url)?.groups?.["chatId"]
  return chatId === undefined ? undefined : { for: "followRunning" as const, params: { chatId } }
}
