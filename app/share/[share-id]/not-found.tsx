import Link from "next/link"
import { CalmPage } from "#components/calm-page.tsx"
import { texts } from "#components/texts.ts"

export default function ShareNotFound() {
  return (
    <CalmPage title={texts.notSharedTitle} line={texts.notSharedLine}>
      <Link href="/">{texts.ownChat}</Link>
    </CalmPage>
  )
}
