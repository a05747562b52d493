"use client"

import Link from "next/link"
import { useState } from "react"
import { type AccountProblem, signIn, signUp } from "#lib/transports/account-api.ts"
import { SignInForm } from "./sign-in-form.tsx"
import { texts } from "./texts.ts"

export function SignInView() {
  const [mode, setMode] = useState<"sign-in" | "sign-up">("sign-in")
  const submit = mode === "sign-in" ? signIn : signUp
  return (
    <SignInForm
      key={mode}
      mode={mode}
      onSubmit={async (credentials) => {
        const problem = await submit(credentials)
        if (problem) return sentences[problem]
        // A full navigation: everything on the page belongs to another user now.
        window.location.assign("/")
      }}
    >
      <button type="button" onClick={() => setMode(mode === "sign-in" ? "sign-up" : "sign-in")}>
        {mode === "sign-in" ? texts.toSignUp : texts.toSignIn}
      </button>
      <Link href="/" prefetch={false}>
        {texts.backToChat}
      </Link>
    </SignInForm>
  )
}

const sentences: Record<AccountProblem, string> = texts.accountProblems
