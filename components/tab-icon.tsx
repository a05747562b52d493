import { useEffect } from "react"
import type { LiveState } from "./controls/live-dot.tsx"

/** Shows the live state in the browser's tab icon; when all is done, the page's own icon. */
export function TabIcon({ state }: { state: LiveState }) {
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>("link[rel~=icon]")
    if (!icon || state === "done") return
    const pagesOwn = icon.href
    icon.href = `data:image/svg+xml,${encodeURIComponent(drawings[state])}`
    return () => {
      icon.href = pagesOwn
    }
  }, [state])
  return null
}

/** These colours work on light and dark tabs: an icon cannot know the theme. */
const drawings: Record<Exclude<LiveState, "done">, string> = {
  writing: dot(`fill="#14a098"`),
  unread: dot(`fill="none" stroke="#14a098" stroke-width="6"`),
  reconnecting: dot(`fill="none" stroke="#d98e1f" stroke-width="5"`),
  offline: dot(`fill="#8a9291"`),
}

function dot(paint: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="10" ${paint}/></svg>`
}
