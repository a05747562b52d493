import Link from "next/link"
import type { ChargedAnswer, UsagePage } from "#lib/chat-protocol.ts"
import { LocalTime } from "./controls/local-time.tsx"
import { counted } from "./messages/answer/counted-tokens.ts"
import { texts } from "./texts.ts"

/** Shows the remaining credits, and what each answer cost. */
export function UsageView({ usage }: { usage: UsagePage }) {
  return (
    <main className="mx-auto min-h-dvh max-w-[44rem] px-6 py-10">
      <h1 className="font-semibold text-title tracking-tight">{texts.usageTitle}</h1>
      <p className="mt-1.5 text-quiet" data-testid="credits-left">
        {usage.credits === null ? texts.creditsUnlimited : texts.creditsLeft(usage.credits)}
      </p>
      {usage.answers.length === 0 ? <p className="mt-8">{texts.noCharges}</p> : <Answers answers={usage.answers} />}
      <nav className="mt-8 flex gap-6">
        <Link href="/" prefetch={false} className={link}>
          {texts.backToChat}
        </Link>
        {usage.nextCursor !== null && (
          <Link href={`/usage?cursor=${encodeURIComponent(usage.nextCursor)}`} prefetch={false} className={link}>
            {texts.olderCharges}
          </Link>
        )}
      </nav>
    </main>
  )
}

const link = "inline-flex min-h-11 items-center font-medium text-accent hover:underline"

function Answers({ answers }: { answers: ChargedAnswer[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
    <section aria-label={texts.usageTitle} tabIndex={0} className="mt-8 overflow-x-auto">
      <table className="w-full text-[0.875rem]">
        <thead className="text-quiet">
          <tr>
            <th className="py-2 pe-4 font-normal">{texts.chargeWhen}</th>
            <th className="py-2 pe-4 font-normal">{texts.chargeModel}</th>
            <th className="py-2 pe-4 text-end font-normal">{texts.chargeRead}</th>
            <th className="py-2 pe-4 text-end font-normal">{texts.chargeWritten}</th>
            <th className="py-2 text-end font-normal">{texts.chargeCredits}</th>
          </tr>
        </thead>
        <tbody>
          {answers.map((answer) => (
            <tr key={answer.streamId} data-testid="charge" className="border-line border-t">
              <td className="py-2 pe-4 whitespace-nowrap">
                <LocalTime at={answer.createdAt} />
              </td>
              <td className="py-2 pe-4">{answer.model}</td>
              <td className="py-2 pe-4 text-end">{texts.number(answer.inputTokens)}</td>
              <td className="py-2 pe-4 text-end">{texts.number(answer.outputTokens)}</td>
              <td className="py-2 text-end">{counted(answer.credits, answer)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
