import type { IncomingMessage } from "node:http"

const newest = /^\/api\/chat\?/
const running = /^\/api\/chat\/(?<chatId>[^/?%]+)\/stream(?:\?|$)/

/**
 * Recognises a request to follow an answer. Other spellings of the same addresses are left to Next, which redirects or
 * decodes them.
 */
export function followAddress({ method, url = "" }: Pick<IncomingMessage, "method" | "url">) {
  if (method !== "GET") return undefined
  if (newest.test(url)) return { of: "newest" as const, params: {} }
  const chatId = running.exec(url)?.groups?.["chatId"]
  return chatId === undefined ? undefined : { of: "running" as const, params: { chatId } }
}
