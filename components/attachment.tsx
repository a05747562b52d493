import type { FileUIPart } from "ai"
import { FileText } from "lucide-react"
import { fileIdOf } from "#lib/chat-protocol.ts"
import { texts } from "./texts.ts"

/** A file of a message. Only what came with it or lies here is shown: nothing is fetched from elsewhere. */
export function Attachment({ file }: { file: FileUIPart }) {
  const name = file.filename ?? texts.attachment
  const isUpload = fileIdOf(file.url) !== undefined
  const isPicture = isUpload
    ? file.mediaType.startsWith("image/")
    : /^data:image\/(png|jpeg|gif|webp|avif);/i.test(file.url)
  // Of one height, so that nothing moves when it arrives.
  if (isPicture) return <img src={file.url} alt={name} className="h-48 max-w-full rounded-2xl bg-soft object-contain" />
  const row = (
    <>
      <FileText aria-hidden size={15} strokeWidth={1.75} className="shrink-0" />
      <span className="truncate">{name}</span>
    </>
  )
  const look = "flex min-h-8 max-w-full items-center gap-2 text-note text-quiet pointer-coarse:min-h-11"
  return isUpload ? (
    <a
      href={file.url}
      download={name}
      className={`${look} rounded-lg px-2 transition-colors duration-150 hover:text-text`}
    >
      {row}
    </a>
  ) : (
    <span className={look}>{row}</span>
  )
}
