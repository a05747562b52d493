import { texts } from "../texts.ts"

/** Stands where the first words will, as high as they are; `Answer` keeps that height when they come. */
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
