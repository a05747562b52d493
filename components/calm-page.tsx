import type { ReactNode } from "react"

/** A page with one message and one action. */
export function CalmPage({ title, line, children }: { title: string; line: string; children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col items-start justify-center px-6 py-10">
      <h1 className="font-semibold text-title tracking-tight">{title}</h1>
      <p className="mt-1.5 text-quiet">{line}</p>
      <div className="mt-6 *:inline-flex *:min-h-11 *:items-center *:rounded-xl *:bg-accent *:px-5 *:font-medium *:text-accent-text">
        {children}
      </div>
    </main>
  )
}
