import localFont from "next/font/local"

// Replaces the package's own declarations, whose fonts arrive late on a slow network and shift the text. A font that is
// not there at the first paint is used from the next page on.

const sans = localFont({
  src: "../node_modules/geist/dist/fonts/geist-sans/Geist-Variable.woff2",
  variable: "--font-geist-sans",
  weight: "100 900",
  display: "optional",
})

/** Used for code only, so it is loaded only where there is code. */
const mono = localFont({
  src: "../node_modules/geist/dist/fonts/geist-mono/GeistMono-Variable.woff2",
  variable: "--font-geist-mono",
  weight: "100 900",
  display: "optional",
  preload: false,
  adjustFontFallback: false,
  fallback: ["ui-monospace", "monospace"],
})

/** Sets the CSS variables of both fonts. */
export const fontVariables = `${sans.variable} ${mono.variable}`
