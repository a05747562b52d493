import { useEffect, useState } from "react"
import { signInAsGuest } from "#lib/transports/sign-in-as-guest.ts"

/** For a page whose parts need one and the same session: a guest's, where this browser has none. */
export function useGuest(isSignedIn: boolean): "preparing" | "ready" | "failed" {
  const [state, setState] = useState<"preparing" | "ready" | "failed">(isSignedIn ? "ready" : "preparing")
  useEffect(() => {
    if (isSignedIn) return
    void signInAsGuest().then(
      () => setState("ready"),
      () => setState("failed"),
    )
  }, [isSignedIn])
  return state
}
