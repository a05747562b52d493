import type { NextConfig } from "next"

/** For every response. What a page may load is decided per request, in `proxy.ts`. */
const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
  { key: "Permissions-Policy", value: "camera=(), geolocation=(), microphone=(), payment=(), usb=()" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
]

/** For answers of the API and uploaded files, should a browser ever show one as a page: nothing in it runs. */
const nothingToLoad = [
  { key: "Content-Security-Policy", value: "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox" },
]

/** Who has the address of a shared chat can read it: it is told to nobody, neither by a search engine nor by a link. */
const toldToNobody = [
  { key: "X-Robots-Tag", value: "noindex, nofollow, noarchive" },
  { key: "Referrer-Policy", value: "no-referrer" },
]

const config: NextConfig = {
  poweredByHeader: false,
  // Event streams say `no-transform`, which keeps the gzip of pages away from them.
  compress: true,
  // No image is ever fetched on a reader's behalf.
  images: { unoptimized: true },
  // They find files beside themselves or open sockets: bundled, they would not.
  serverExternalPackages: [
    "@electric-sql/pglite",
    "@neondatabase/serverless",
    "@upstash/redis",
    "ioredis",
    "pg",
    "pino",
  ],
  // Where the development server listens; Next takes only `localhost` for its own.
  allowedDevOrigins: ["127.0.0.1"],
  // Left out of what the browser loads: nothing of it is ever run there.
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
  // Read at run time, so no import leads to them: every server looks for migrations, agents search the documents, people read them.
  outputFileTracingIncludes: { "/*": ["./drizzle/**/*", "./README.md", "./docs/**/*.md"] },
  // Each is loaded by its first request: to load all pages before the first answer was a third of a start.
  experimental: { preloadEntriesOnStart: false },
  devIndicators: false,
  agentRules: false,
  headers: async () => [
    { source: "/:path*", headers: securityHeaders },
    { source: "/api/:path*", headers: nothingToLoad },
    { source: "/share/:path*", headers: toldToNobody },
  ],
}

export default config
