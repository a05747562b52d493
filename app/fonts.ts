import { GeistSans } from "geist/font/sans"
import localFont from "next/font/local"

/** Only code is set in it, so it is fetched where there is code; the package's own declaration fetches it on every page. */
const mono = localFont({
  src: "../node_modules/geist/dist/fonts/geist-mono/GeistMono-Variable.woff2",
  variable: "--font-geist-mono",
  weight: "100 900",
  preload: false,
  adjustFontFallback: false,
  fallback: ["ui-monospace", "monospace"],
})

/** Sets the CSS variables of both fonts. */
export const fontVariables = `${GeistSans.variable} ${mono.variable}`
