import { PanelRightOpen } from "lucide-react"
import type { ComponentProps } from "react"
import { IconButton } from "../controls/icon-button.tsx"
import { texts } from "../texts.ts"

/** The button that opens something in the panel. */
export function OpenButton(props: Omit<ComponentProps<typeof IconButton>, "icon" | "label" | "side" | "align">) {
  return <IconButton icon={PanelRightOpen} label={texts.panel.open} side="below" align="end" {...props} />
}
