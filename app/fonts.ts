import localFont from "next/font/local"

// Not the package's own declarations: theirs come late on a slow line, and move all that was painted before.
// What is not there at the first paint is for the next page.

const sans = localFont({
  src: "../node_modules/geist/dist/fonts/geist-sans/Geist-Variable.woff2",
  variable: "--font-geist-sans",
  weight: "100 900",
  display: "optional",
})

/** Only code is set in it, so it is fetched where there is code. */
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
