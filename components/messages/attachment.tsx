import type { FileUIPart } from "ai"
import { FileText } from "lucide-react"
import { fileIdOf } from "#lib/chat-protocol.ts"
import { kindOf, languageOfFile, type PanelItem } from "../panel/panel-item.ts"
import { useOpenInPanel } from "../panel/panel-store.ts"
import { texts } from "../texts.ts"
import { rowClass } from "./artifacts.tsx"

/** Shows an attached file. Only data URLs and uploaded files are displayed: nothing is fetched from other hosts. */
export function Attachment({ file }: { file: FileUIPart }) {
  const name = file.filename ?? texts.attachment
  const isUpload = fileIdOf(file.url) !== undefined
  const isPicture = isUpload
    ? file.mediaType.startsWith("image/")
    : /^data:image\/(png|jpeg|gif|webp|avif);/i.test(file.url)
  const open = useOpenInPanel(panelItem(file, name, isPicture))
  if (isPicture) {
    // At a fixed height, so that nothing moves when it loads.
    const picture = <img src={file.url} alt={name} className="h-48 max-w-full rounded-2xl bg-soft object-contain" />
    return open ? (
      <button type="button" onClick={open} className="max-w-full cursor-zoom-in rounded-2xl" data-testid="attachment">
        {picture}
      </button>
    ) : (
      picture
    )
  }
  const row = (
    <>
      <FileText aria-hidden size={15} strokeWidth={1.75} className="shrink-0" />
      <span className="truncate">{name}</span>
    </>
  )
  if (isUpload && open && file.mediaType.startsWith("text/"))
    return (
      <button type="button" onClick={open} className={`-me-2 ${rowClass}`} data-testid="attachment">
        {row}
      </button>
    )
  return isUpload ? (
    <a href={file.url} download={name} className={`-me-2 hover:bg-soft hover:text-text ${rowClass}`}>
      {row}
    </a>
  ) : (
    <span className={rowClass}>{row}</span>
  )
}

const languagesByMediaType: Record<string, string | undefined> = { "text/markdown": "md", "text/csv": "csv" }

function panelItem({ url, mediaType }: FileUIPart, name: string, isPicture: boolean): Omit<PanelItem, "id"> {
  const language = languagesByMediaType[mediaType] ?? languageOfFile(name)
  return { title: name, kind: isPicture ? "picture" : kindOf(language), language, filename: name, content: { url } }
}
