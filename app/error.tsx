"use client"

import { CalmPage } from "#components/calm-page.tsx"
import { texts } from "#components/texts.ts"

/** What went wrong is in the server's log; here it says what is safe and what to do. */
export default function ErrorPage() {
  return (
    <CalmPage title={texts.errorTitle} line={texts.errorLine}>
      {/* The server failed, so what it made has to be made anew: rendering here again would not do. */}
      <button type="button" onClick={() => window.location.reload()}>
        {texts.tryAgain}
      </button>
    </CalmPage>
  )
}
