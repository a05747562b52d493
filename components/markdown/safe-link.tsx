import type { ComponentProps } from "react"

/** A link that a model wrote: it shows where it leads, and tells that place nothing of us. Others are only text. */
export function SafeLink({ href, children }: ComponentProps<"a">) {
  if (href?.startsWith("#")) return <a href={href}>{children}</a>
  if (!href || !isSafeLink(href)) return <span>{children}</span>
  return (
    <a href={href} title={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  )
}

export function isSafeLink(href: string): boolean {
  return /^mailto:/i.test(href) || isWebAddress(href)
}

export function isWebAddress(href: string): boolean {
  return /^https?:\/\//i.test(href) && URL.canParse(href)
}

export function hostOf(url: string): string {
  return new URL(url).host.replace(/^www\./, "")
}
