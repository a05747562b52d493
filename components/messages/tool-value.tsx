import { memo } from "react"
import { type PictureFound, readableJson } from "#lib/bytes-in-json.ts"
import { parsedJson } from "#lib/parsed-json.ts"
import { beginningOf } from "#lib/text.ts"
import { CopyButton } from "../controls/copy-button.tsx"
import { OpenText } from "../panel/open-text.tsx"
import { texts } from "../texts.ts"

/** What a tool was given or gave, under its name: it scrolls in itself, can be copied whole, and opened where it is long. */
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

/** Of a height that is known before they are read, so that nothing moves. */
function Pictures({ pictures }: { pictures: PictureFound[] }) {
  const shown = pictures.filter(({ base64 }) => base64.length <= mostPictureChars).slice(0, mostPictures)
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

/** More, or larger ones, are named only: a page has to stay quick. */
const mostPictures = 8
const mostPictureChars = 400_000

function ReadableText({ text }: { text: string }) {
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
      className="max-h-64 overflow-auto overscroll-contain whitespace-pre-wrap break-words rounded-lg bg-soft px-3 py-2 font-mono text-[0.75rem] leading-5"
    >
      {text.length > mostShownChars ? `${beginningOf(text, mostShownChars)}\n${texts.truncated}` : text}
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

/** JSON with a line for each member, also where a tool gave it as a text; pictures apart, other bytes named. */
function readableValue(value: unknown): { text: string; pictures: PictureFound[] } {
  const known = typeof value === "string" && /^\s*[[{]/.test(value) ? (parsedJson(value) ?? value) : value
  const { json = "", pictures } = readableJson(known, 2)
  const text = typeof known === "string" ? String(parsedJson(json)) : json
  return { text: withoutTerminalCodes(text), pictures }
}
