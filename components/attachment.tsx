import type { FileUIPart } from "ai"
import { FileText } from "lucide-react"
import { texts } from "./texts.ts"

/** A file of a message. Only pictures that came with the message are shown: none is fetched. */
export function Attachment({ file }: { file: FileUIPart }) {
  const name = file.filename ?? texts.attachment
  if (/^data:image\/(png|jpeg|gif|webp|avif);/i.test(file.url))
    return <img src={file.url} alt={name} className="max-h-72 max-w-full rounded-2xl" />
  return (
    <span className="flex items-center gap-2 text-note text-quiet">
      <FileText aria-hidden size={15} strokeWidth={1.75} />
      {name}
    </span>
  )
}
