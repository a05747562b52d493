import type { LucideIcon } from "lucide-react"
import type { ComponentPropsWithRef } from "react"

interface IconButtonProps extends Omit<ComponentPropsWithRef<"button">, "aria-label" | "children"> {
  icon: LucideIcon
  label: string
  /** default: the label; may add a shortcut */
  tooltip?: string
  side?: "above" | "below"
  align?: "start" | "center" | "end"
}

/** A quiet button with only an icon: its label is its tooltip, and on touch screens it is 44 px wide. */
export function IconButton(props: IconButtonProps) {
  const { icon: Icon, label, tooltip = label, side = "above", align = "center", className = "", ...rest } = props
  return (
    <button
      type="button"
      aria-label={label}
      data-tooltip={tooltip}
      data-side={side}
      data-align={align}
      className={`inline-grid size-8 shrink-0 place-items-center rounded-lg text-quiet transition-colors duration-150 hover:bg-soft hover:text-text pointer-coarse:size-11 ${className}`}
      {...rest}
    >
      <Icon aria-hidden size={17} strokeWidth={1.75} />
    </button>
  )
}
