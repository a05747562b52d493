import { useEffect, useState } from "react"

/**
 * Identifies the user across all their tabs.
 * @param pagesEmail of the user that the page was rendered for
 * @param isSignedIn whether there is a session by now, if only a guest's
 * @returns undefined until it is known
 */
export function useUserKey(pagesEmail: string | undefined, isSignedIn: boolean): string | undefined {
  const [guestsEmail, setGuestsEmail] = useState<string>()
  const isUnknown = pagesEmail === undefined && isSignedIn
  useEffect(() => {
    if (!isUnknown) return
    // If this fails, the tab gets no events until it is reloaded.
    void import("#lib/transports/account-api.ts")
      .then(({ currentEmail }) => currentEmail())
      .then(setGuestsEmail, () => undefined)
  }, [isUnknown])
  return pagesEmail ?? guestsEmail
}
