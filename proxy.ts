import { type NextRequest, NextResponse } from "next/server"
import { loadConfig } from "#lib/config.ts"
import { ChatError } from "#lib/errors.ts"
import { errorResponse } from "#lib/http/responses/error-response.ts"

const { isProduction } = loadConfig()

/** A page is read. What is sent to one is meant for a Server Action: there are none, and Next would print its name. */
const readingMethods = ["GET", "HEAD"]

/**
 * Tells the browser what a page may run and load: scripts that carry this response's nonce, and nothing from elsewhere.
 * What a model writes can then neither run nor fetch, even if it should get past the Markdown.
 */
export function proxy(request: NextRequest): Response {
  if (!readingMethods.includes(request.method)) return refuseMethod()
  const nonce = crypto.randomUUID()
  const policy = policyFor(nonce, request.nextUrl.pathname)
  const headers = new Headers(request.headers)
  headers.set("x-nonce", nonce)
  // Next reads the nonce for its own scripts from here.
  headers.set("content-security-policy", policy)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set("content-security-policy", policy)
  return response
}

function refuseMethod(): Response {
  const error = new ChatError("method_not_allowed", { headers: { allow: readingMethods.join(", ") } })
  return errorResponse(error, crypto.randomUUID())
}

/** Pages only; what `link` prefetches is no page. */
export const config = {
  matcher: [
    { source: "/((?!api/|_next/static/|icon.svg).*)", missing: [{ type: "header", key: "next-router-prefetch" }] },
  ],
}

/** The demo shows its own chat in two frames. Nothing else of ours can be framed, and nothing but that is. */
const demoPath = /^\/demo\/[^/]+(?<view>\/view)?$/

function policyFor(nonce: string, path: string): string {
  const demo = demoPath.exec(path)
  const isView = demo?.groups?.["view"] !== undefined
  // React's development build rebuilds server stacks with eval.
  const scripts = `'nonce-${nonce}' 'strict-dynamic'${isProduction ? "" : " 'unsafe-eval'"}`
  return [
    "default-src 'self'",
    `script-src 'self' ${scripts}`,
    // Positions and toasts are styled inline; no style can reach another host, as nothing it could load may.
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
