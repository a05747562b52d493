import type { Metadata, Viewport } from "next"
import { cookies, headers } from "next/headers"
import type { ReactNode } from "react"
import { type Theme, themeColors, themeCookie, themeFrom } from "#components/sidebar/theme.ts"
import { StartAtNewest } from "#components/start-at-newest.tsx"
import { texts } from "#components/texts.ts"
import { fontVariables } from "./fonts.ts"
import "./globals.css"

export const metadata: Metadata = { description: texts.tagline, referrer: "strict-origin-when-cross-origin" }

export async function generateViewport(): Promise<Viewport> {
  return {
    width: "device-width",
    initialScale: 1,
    viewportFit: "cover",
    interactiveWidget: "resizes-content",
    themeColor: themeColors(await readTheme()),
  }
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Renders per request: a static page could not carry the nonce that its scripts need.
  const nonce = (await headers()).get("x-nonce") ?? undefined
  return (
    // The theme in the browser may be newer than this page.
    <html
      lang={texts.language}
      dir={texts.direction}
      data-theme={await readTheme()}
      className={fontVariables}
      suppressHydrationWarning
    >
      <body>
        {children}
        <StartAtNewest nonce={nonce} />
      </body>
    </html>
  )
}

async function readTheme(): Promise<Theme> {
  return themeFrom((await cookies()).get(themeCookie)?.value)
}
