import { useEffect, useState } from "react"

/**
 * @param pagesEmail of whom the page was rendered for
 * @param isSignedIn somebody is by now, if only as a guest
 * @returns what is the same in all tabs of one user; undefined until that is known
 */
export function useUserKey(pagesEmail: string | undefined, isSignedIn: boolean): string | undefined {
  const [guestsEmail, setGuestsEmail] = useState<string>()
  const isToAsk = pagesEmail === undefined && isSignedIn
  useEffect(() => {
    if (!isToAsk) return
    // Without an answer this tab hears nothing until its page is loaded anew.
    void import("./account.ts").then(({ currentEmail }) => currentEmail()).then(setGuestsEmail, () => undefined)
  }, [isToAsk])
  return pagesEmail ?? guestsEmail
}
