import { LiveDot } from "../controls/live-dot.tsx"
import { texts } from "../texts.ts"

/** Shown below a message that waits for a connection, in the place of the answer, so that nothing moves when it is sent. */
export function UnsentNote() {
  return (
    <p
      data-testid="unsent"
      className="flex min-h-[7.05rem] items-start justify-end gap-2 text-end text-note text-balance text-quiet pointer-coarse:min-h-[7.8rem]"
    >
      {texts.unsent}
      <span className="flex h-5 items-center">
        <LiveDot state="offline" />
      </span>
    </p>
  )
}
