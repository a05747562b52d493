import type { NextConfig } from "next"
import { nothingToLoad, onlyHttps, overHttps, securityHeaders } from "./lib/http/security-headers.ts"

/** Headers of a shared chat: anyone with its address can read it, so neither search engines nor links may reveal it. */
const unlisted = [
  { key: "X-Robots-Tag", value: "noindex, nofollow, noarchive" },
  { key: "Referrer-Policy", value: "no-referrer" },
]

const config: NextConfig = {
  poweredByHeader: false,
  // Event streams are excluded from gzip by their `no-transform`.
  compress: true,
  // The server never fetches images for readers.
  images: { unoptimized: true },
  // These packages find files beside themselves or open sockets, which bundling would break.
  serverExternalPackages: [
    "@electric-sql/pglite",
    "@neondatabase/serverless",
    "@upstash/redis",
    "ioredis",
    "pg",
    "pino",
    "ws",
  ],
  // The development server also listens here; by default Next accepts only `localhost`.
  allowedDevOrigins: ["127.0.0.1"],
  // Excluded from the browser's code, which never runs it.
  turbopack: {
    resolveAlias: {
      "rehype-raw": { browser: "./lib/browser-stubs/no-html.ts" },
      "@ai-sdk/gateway": { browser: "./lib/browser-stubs/no-gateway.ts" },
      "zod/v4": { browser: "./lib/browser-stubs/no-schemas.ts" },
      "zod/v4/mini": { browser: "./lib/browser-stubs/no-schemas.ts" },
      "zod/v4/core": { browser: "./lib/browser-stubs/no-schemas.ts" },
      "zod/v4/locales/en.js": { browser: "./lib/browser-stubs/no-schemas.ts" },
    },
  },
  // Read at run time without an import: every server checks migrations, agents search the documents, and people read
  // them.
  outputFileTracingIncludes: { "/*": ["./drizzle/**/*", "./README.md", "./docs/**/*.md"] },
  // Each page is loaded by its first request: loading all of them at the start took a third of it.
  experimental: { preloadEntriesOnStart: false },
  devIndicators: false,
  agentRules: false,
  headers: async () => [
    { source: "/:path*", headers: securityHeaders },
    {
      source: "/:path*",
      has: [{ type: "header", key: overHttps.header, value: overHttps.value }],
      headers: onlyHttps,
    },
    { source: "/api/:path*", headers: nothingToLoad },
    { source: "/share/:path*", headers: unlisted },
  ],
}

export default config
