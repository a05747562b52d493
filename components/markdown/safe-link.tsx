import type { ComponentProps } from "react"
import { isOwnAddress } from "#lib/chat-protocol.ts"

/** A link in an answer: shows its address on hover, and sends no referrer. Unsafe links are only text. */
export function SafeLink({ href, children }: ComponentProps<"a">) {
  if (href && isOwnPlace(href)) return <a href={href}>{children}</a>
  if (!href || !isSafeLink(href)) return <span>{children}</span>
  return (
    <a href={href} title={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  )
}

/** Tells whether a link leads to this page or another one of ours. */
function isOwnPlace(href: string): boolean {
  return href.startsWith("#") || isOwnAddress(href)
}

export function isSafeLink(href: string): boolean {
  return isOwnPlace(href) || /^mailto:/i.test(href) || isWebAddress(href)
}

export function isWebAddress(href: string): boolean {
  return /^https?:\/\//i.test(href) && URL.canParse(href)
}

export function hostOf(url: string): string {
  return new URL(url).host.replace(/^www\./, "")
}
