import { type FormEvent, type ReactNode, useState } from "react"
import { useIsHydrated } from "#hooks/browser/use-is-hydrated.ts"
import { texts } from "./texts.ts"

interface SignInFormProps {
  mode: "sign-in" | "sign-up"
  /** @returns a sentence about the problem; undefined on success, when the page is left */
  onSubmit(credentials: { email: string; password: string }): Promise<string | undefined>
  /** the links to the other mode and back to the chat */
  children: ReactNode
}

/** The form for signing in and for creating an account. */
export function SignInForm({ mode, onSubmit, children }: SignInFormProps) {
  const [problem, setProblem] = useState<string>()
  const [isSending, setSending] = useState(false)
  // Before hydration the browser itself would send the form, and what was typed would be lost.
  const canSend = useIsHydrated() && !isSending
  const isNew = mode === "sign-up"

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    setSending(true)
    setProblem(undefined)
    const found = await onSubmit({ email: String(fields.get("email")), password: String(fields.get("password")) })
    setProblem(found)
    // On success the button stays disabled until the page is left.
    if (found) setSending(false)
  }

  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center px-6 py-10">
      <h1 className="font-semibold text-title tracking-tight">{isNew ? texts.signUpTitle : texts.signInTitle}</h1>
      <p className="mt-1.5 text-quiet">{texts.signInLine}</p>
      {/* By POST, because without the scripts a password manager's GET would put the password into the address. */}
      <form method="post" onSubmit={(event) => void submit(event)} className="mt-7 grid gap-4">
        <Field label={texts.email} name="email" type="email" autoComplete="email" />
        <Field
          label={texts.password}
          name="password"
          type="password"
          autoComplete={isNew ? "new-password" : "current-password"}
          hint={isNew ? texts.passwordHint : undefined}
        />
        {problem && (
          <p role="alert" className="text-note text-failed">
            {problem}
          </p>
        )}
        <button
          type="submit"
          disabled={!canSend}
          className="mt-1 min-h-11 rounded-xl bg-accent font-medium text-accent-text transition-opacity duration-150 hover:opacity-90 disabled:opacity-60"
        >
          {isNew ? texts.signUp : texts.signIn}
        </button>
      </form>
      <div className="mt-6 flex flex-wrap justify-between gap-x-4 text-note text-quiet *:flex *:min-h-8 *:items-center *:hover:text-text pointer-coarse:*:min-h-11">
        {children}
      </div>
    </main>
  )
}

interface FieldProps {
  label: string
  name: string
  type: "email" | "password"
  autoComplete: string
  hint?: string | undefined
}

function Field({ label, hint, ...input }: FieldProps) {
  return (
    <label className="grid gap-1.5 text-note">
      <span className="font-medium">{label}</span>
      <input
        {...input}
        required
        minLength={hint ? 8 : undefined}
        className="min-h-11 rounded-xl border border-quiet/70 bg-page px-3.5 text-body outline-none transition-colors duration-150 focus:border-accent"
      />
      {hint && <span className="text-quiet">{hint}</span>}
    </label>
  )
}
