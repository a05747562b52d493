import { texts } from "../texts.ts"

/** Placeholder for the first words, of the same height. `Answer` keeps that height when they arrive. */
export function Skeleton() {
  return (
    <div className="skeleton flex h-[4.8rem] flex-col justify-around py-1.5" data-testid="skeleton">
      <span className="sr-only">{texts.waiting}</span>
      <div aria-hidden className="flex items-center gap-2">
        <span className="caret" />
        <div className="skeleton-line w-[86%]" />
      </div>
      <div aria-hidden className="skeleton-line w-[94%]" />
      <div aria-hidden className="skeleton-line w-[58%]" />
    </div>
  )
}
