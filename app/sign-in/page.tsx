import type { Metadata } from "next"
import { SignInView } from "#components/sign-in-view.tsx"
import { texts } from "#components/texts.ts"

export const metadata: Metadata = { title: `${texts.signIn} · ${texts.appName}` }

export default function SignInPage() {
  return <SignInView />
}
