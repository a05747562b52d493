import { memo } from "react"
import { type PictureFound, readableJson } from "#lib/bytes-in-json.ts"
import { parsedJson } from "#lib/parsed-json.ts"
import { shortened } from "#lib/text.ts"
import { CopyButton } from "../controls/copy-button.tsx"
import { OpenText } from "../panel/open-text.tsx"
import { texts } from "../texts.ts"
import { visibleText } from "./agent/visible-text.ts"

/** Shows a tool's input or output under a label: it scrolls, can be copied, and opens in the panel if it is long. */
export const ToolDetail = memo(function ToolDetail({ label, value }: { label: string; value: unknown }) {
  if (value === undefined) return null
  const { text, pictures } = readableValue(value)
  return (
    <div>
      <dt className="flex min-h-8 items-center text-quiet pointer-coarse:min-h-11">
        <span className="me-auto">{label}</span>
        <OpenText text={text} title={label} language={typeof value === "string" ? "" : "json"} />
        <CopyButton align="end" text={text} />
      </dt>
      <dd>
        <Pictures pictures={pictures} />
        <ReadableText text={text} />
      </dd>
    </div>
  )
})

export function ToolValue({ value }: { value: unknown }) {
  const { text, pictures } = readableValue(value)
  return (
    <>
      <Pictures pictures={pictures} />
      <ReadableText text={text} />
    </>
  )
}

/** Shows a tool's input uncut and with every character visible, to a reader who decides on it. */
export function WholeValue({ value }: { value: unknown }) {
  const { text, pictures } = readableValue(value, visibleText)
  return (
    <>
      <Pictures pictures={pictures} />
      <pre dir="ltr" className={`whitespace-pre-wrap wrap-anywhere ${block}`}>
        {text}
      </pre>
    </>
  )
}

/** Shows pictures at a fixed height, so that nothing moves when they load. */
function Pictures({ pictures }: { pictures: PictureFound[] }) {
  const shown = pictures.filter(({ base64 }) => base64.length <= maxPictureChars).slice(0, maxPictures)
  if (shown.length === 0) return null
  return (
    <div className="mb-2 flex flex-wrap gap-2">
      {shown.map(({ mediaType, base64 }, index) => (
        <img
          key={index}
          src={`data:${mediaType};base64,${base64}`}
          alt={texts.toolPicture(index + 1, shown.length)}
          className="h-48 max-w-full rounded-lg bg-soft object-contain"
        />
      ))}
    </div>
  )
}

/** Further or larger pictures are only named in the text, so that the page stays fast. */
const maxPictures = 8
const maxPictureChars = 400_000

function ReadableText({ text }: { text: string }) {
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
      className={`max-h-64 overflow-auto overscroll-contain whitespace-pre-wrap break-words ${block}`}
    >
      {shortened(text, maxShownChars, `\n${texts.truncated}`)}
    </pre>
  )
}

const block = "rounded-lg bg-soft px-3 py-2 font-mono text-[0.75rem] leading-5"

/** Longer text is cut here, and can be copied or opened in full. */
const maxShownChars = 20_000
// biome-ignore lint/suspicious/noControlCharactersInRegex: it removes control characters
const terminalCodes = /\u001b\[[\d;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f]/g

/** Removes the control sequences that colour or move text in a terminal. */
export function withoutTerminalCodes(text: string): string {
  return text.replace(terminalCodes, "")
}

/** Formats a value as indented JSON, even if a tool sent JSON as a string. Extracts pictures, and names other bytes. */
function readableValue(value: unknown, cleaned = withoutTerminalCodes): { text: string; pictures: PictureFound[] } {
  const known = typeof value === "string" && /^\s*[[{]/.test(value) ? (parsedJson(value) ?? value) : value
  const { json = "", pictures } = readableJson(known, 2)
  const text = typeof known === "string" ? String(parsedJson(json)) : json
  return { text: cleaned(text), pictures }
}
