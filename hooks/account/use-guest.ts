import { useEffect, useState } from "react"
import { signInAsGuest } from "#lib/transports/sign-in-as-guest.ts"

/** Signs the visitor in as a guest if there is no session, for a page whose frames must share one. */
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
