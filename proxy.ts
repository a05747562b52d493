import { type NextRequest, NextResponse } from "next/server"
import { loadConfig } from "#lib/config.ts"
import { ChatError } from "#lib/errors.ts"
import { errorResponse } from "#lib/http/responses/error-response.ts"

const { isProduction } = loadConfig()

/**
 * Pages are only read. A request with a body to one is meant for a Server Action: we have none, and Next would print
 * the action's name.
 */
const readingMethods = ["GET", "HEAD"]

/**
 * Tells the browser what a page may run and load: scripts with this response's nonce, and nothing from other hosts. A
 * model's text can then neither run nor fetch anything, even if it escaped the Markdown.
 */
export function proxy(request: NextRequest): Response {
  if (!readingMethods.includes(request.method)) return refuseMethod()
  const nonce = crypto.randomUUID()
  const policy = policyFor(nonce, request.nextUrl.pathname)
  const headers = new Headers(request.headers)
  headers.set("x-nonce", nonce)
  // Next reads the nonce for its own scripts from this header.
  headers.set("content-security-policy", policy)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set("content-security-policy", policy)
  return response
}

function refuseMethod(): Response {
  const error = new ChatError("method_not_allowed", { headers: { allow: readingMethods.join(", ") } })
  return errorResponse(error, crypto.randomUUID())
}

/** Applies to pages only; a prefetch by `link` is not a page. */
export const config = {
  matcher: [
    { source: "/((?!api/|_next/static/|icon.svg).*)", missing: [{ type: "header", key: "next-router-prefetch" }] },
  ],
}

/** The demo shows its own chat in two frames. No other page can be framed, and only the demo can frame it. */
const demoPath = /^\/demo\/[^/]+(?<view>\/view)?$/

function policyFor(nonce: string, path: string): string {
  const demo = demoPath.exec(path)
  const isView = demo?.groups?.["view"] !== undefined
  // React's development build restores server stacks with eval.
  const scripts = `'nonce-${nonce}' 'strict-dynamic'${isProduction ? "" : " 'unsafe-eval'"}`
  return [
    "default-src 'self'",
    `script-src 'self' ${scripts}`,
    // Positions and toasts are styled inline. A style cannot reach another host, since it may load nothing from there.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    `frame-src ${demo && !isView ? "'self'" : "'none'"}`,
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    `frame-ancestors ${isView ? "'self'" : "'none'"}`,
  ].join("; ")
}
