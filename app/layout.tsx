import type { Metadata, Viewport } from "next"
import { headers } from "next/headers"
import type { ReactNode } from "react"
import { StartAtNewest } from "#components/start-at-newest.tsx"
import { texts } from "#components/texts.ts"
import { fontVariables } from "./fonts.ts"
import "./globals.css"

export const metadata: Metadata = { description: texts.tagline, referrer: "strict-origin-when-cross-origin" }

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  viewportFit: "cover",
  interactiveWidget: "resizes-content",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fdfefe" },
    { media: "(prefers-color-scheme: dark)", color: "#141616" },
  ],
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  // A page that was rendered ahead of its request could not carry the nonce that lets its scripts run.
  const nonce = (await headers()).get("x-nonce") ?? undefined
  return (
    <html lang="en" className={fontVariables}>
      <body>
        {children}
        <StartAtNewest nonce={nonce} />
      </body>
    </html>
  )
}
