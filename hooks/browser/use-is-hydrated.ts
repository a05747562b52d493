import { useSyncExternalStore } from "react"

/** Tells whether the page works: false on the server, and while its HTML is being hydrated. */
export function useIsHydrated(): boolean {
  return useSyncExternalStore(
    () => () => undefined,
    () => true,
    () => false,
  )
}
