import Link from "next/link"
import { CalmPage } from "#components/calm-page.tsx"
import { texts } from "#components/texts.ts"

export default function NotFound() {
  return (
    <CalmPage title={texts.notFoundTitle} line={texts.notFoundLine}>
      <title>{`${texts.notFoundTitle} · ${texts.appName}`}</title>
      <Link href="/">{texts.newChat}</Link>
    </CalmPage>
  )
}
