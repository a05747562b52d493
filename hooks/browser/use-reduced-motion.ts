import { useSyncExternalStore } from "react"

const query = "(prefers-reduced-motion: reduce)"

/** Somebody asked for as little motion as can be: what CSS does not move must keep to it by itself. */
export function useReducedMotion(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => window.matchMedia(query).matches,
    () => false,
  )
}

function subscribe(notify: () => void): () => void {
  const wish = window.matchMedia(query)
  wish.addEventListener("change", notify)
  return () => wish.removeEventListener("change", notify)
}
