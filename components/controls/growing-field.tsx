import type { ComponentPropsWithRef } from "react"

interface GrowingFieldProps extends Omit<ComponentPropsWithRef<"textarea">, "value" | "onChange"> {
  value: string
  onChange(text: string): void
  /** classes for its maximum height and padding */
  frame: string
}

/** A text field that grows with its text: a hidden copy of the text gives it its height, without measuring. */
export function GrowingField({ value, onChange, frame, ...field }: GrowingFieldProps) {
  return (
    <div className={`grid overflow-y-auto *:[grid-area:1/1] pointer-coarse:*:py-[0.6rem] ${frame}`}>
      <div aria-hidden dir="auto" className="plain-text invisible text-body">{`${value}\u200b`}</div>
      <textarea
        dir="auto"
        rows={1}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        enterKeyHint="send"
        autoComplete="off"
        className="plain-text resize-none overflow-hidden bg-transparent text-body outline-none placeholder:text-quiet"
        {...field}
      />
    </div>
  )
}
