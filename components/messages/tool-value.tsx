import { memo } from "react"
import { CopyButton } from "../controls/copy-button.tsx"
import { OpenText } from "../panel/open-text.tsx"
import { texts } from "../texts.ts"

/** What a tool was given or gave, under its name: it scrolls in itself, can be copied whole, and opened where it is long. */
export const ToolDetail = memo(function ToolDetail({ label, value }: { label: string; value: unknown }) {
  if (value === undefined) return null
  const text = readableValue(value)
  return (
    <div>
      <dt className="flex min-h-8 items-center text-quiet pointer-coarse:min-h-11">
        <span className="me-auto">{label}</span>
        <OpenText text={text} title={label} language={typeof value === "string" ? "" : "json"} />
        <CopyButton align="end" text={text} />
      </dt>
      <dd>
        <ReadableText text={text} />
      </dd>
    </div>
  )
})

export function ToolValue({ value }: { value: unknown }) {
  return <ReadableText text={readableValue(value)} />
}

function ReadableText({ text }: { text: string }) {
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
      className="max-h-64 overflow-auto overscroll-contain whitespace-pre-wrap break-words rounded-lg bg-soft px-3 py-2 font-mono text-[0.75rem] leading-5"
    >
      {text.length > mostShownChars ? `${text.slice(0, mostShownChars)}\n${texts.truncated}` : text}
    </pre>
  )
}

/** A reader of this row wants to see what came back, not all of it. */
const mostShownChars = 20_000
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours are what it takes away
const terminalCodes = /\u001b\[[\d;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f]/g

/** @returns the text without what would colour or move a terminal's */
export function withoutTerminalCodes(text: string): string {
  return text.replace(terminalCodes, "")
}

/** JSON with a line for each member, also where a tool gave it as a text. */
function readableValue(value: unknown): string {
  return withoutTerminalCodes(typeof value === "string" ? formatted(value) : JSON.stringify(value, undefined, 2))
}

function formatted(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    // No JSON: then it is shown as it is.
    return text
  }
}
