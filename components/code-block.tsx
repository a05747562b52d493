import type { ComponentProps, ComponentType } from "react"
import type { Components } from "streamdown"
import { CopyButton } from "./copy-button.tsx"

type PreProps = ComponentProps<Extract<NonNullable<Components["pre"]>, ComponentType>>

/** Code with its language and a button to copy it: as high at its first line as it stays around the others. */
export function CodeBlock({ node, children }: PreProps) {
  const code = node?.children[0]
  const isCode = code?.type === "element"
  const classNames = isCode ? code.properties["className"] : undefined
  const language = Array.isArray(classNames) ? String(classNames[0]).replace("language-", "") : ""
  const first = isCode ? code.children[0] : undefined
  return (
    <figure className="relative rounded-xl bg-soft">
      <figcaption className="flex h-10 items-center justify-between pr-1 pl-4 text-note text-quiet">
        {language}
        <CopyButton align="end" text={first?.type === "text" ? first.value : ""} />
      </figcaption>
      {/* Focusable, so that the arrow keys can scroll it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <pre tabIndex={0}>{children}</pre>
    </figure>
  )
}
