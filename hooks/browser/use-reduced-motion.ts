import { useSyncExternalStore } from "react"

const query = "(prefers-reduced-motion: reduce)"

/** Tells whether the user prefers reduced motion, for motion that is not made by CSS. */
export function useReducedMotion(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => window.matchMedia(query).matches,
    () => false,
  )
}

function subscribe(notify: () => void): () => void {
  const preference = window.matchMedia(query)
  preference.addEventListener("change", notify)
  return () => preference.removeEventListener("change", notify)
}
