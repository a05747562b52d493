"use client"

import { CalmPage } from "#components/calm-page.tsx"
import { texts } from "#components/texts.ts"

/** Tells the user what is safe and what to do. The error itself is in the server's log. */
export default function ErrorPage() {
  return (
    <CalmPage title={texts.errorTitle} line={texts.errorLine}>
      {/* A reload, because the server has to render the page again. */}
      <button type="button" onClick={() => window.location.reload()}>
        {texts.tryAgain}
      </button>
    </CalmPage>
  )
}
