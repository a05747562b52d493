/** Headers of every response. `proxy.ts` decides per request what a page may load. */
export const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
  { key: "Permissions-Policy", value: "camera=(), geolocation=(), microphone=(), payment=(), usb=()" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
]

/** For a year a browser asks for this host by https only, once a response to https has said so. */
export const onlyHttps = [{ key: "Strict-Transport-Security", value: "max-age=31536000" }]

/** What a proxy that ends TLS says of a request. A list names the browser's own connection first. */
export const overHttps = { header: "x-forwarded-proto", value: "https(?:,.*)?" }

/** Headers of API responses and uploaded files: if a browser shows one as a page, nothing in it runs. */
export const nothingToLoad = [
  { key: "Content-Security-Policy", value: "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox" },
]
