import { FileText, X } from "lucide-react"
import type { Attaching } from "#hooks/composer/use-attachments.ts"
import { texts } from "../texts.ts"

interface ComposerAttachmentsProps {
  items: Attaching[]
  /** @param isByKeyboard the focus must be moved, because the button disappears */
  onRemove(key: string, isByKeyboard: boolean): void
  onRetry(key: string, isByKeyboard: boolean): void
}

/** The attachments of the message: a row of small tiles, each of which can be removed. */
export function ComposerAttachments({ items, onRemove, onRetry }: ComposerAttachmentsProps) {
  if (items.length === 0) return null
  return (
    <ul aria-label={texts.attachments} className="flex w-full min-w-0 flex-wrap gap-2 px-1 pt-1">
      {items.map((item) => (
        <li
          key={item.key}
          data-testid="attaching"
          data-state={item.state}
          className="relative flex min-h-11 min-w-0 max-w-full items-center gap-2 overflow-hidden rounded-xl bg-soft pl-2 text-note"
        >
          {item.kind === "file" && item.preview ? (
            <img src={item.preview} alt="" className="size-8 shrink-0 rounded-md object-cover" />
          ) : (
            <FileText aria-hidden size={15} strokeWidth={1.75} className="shrink-0 text-quiet" />
          )}
          <span className="flex min-w-0 flex-col py-1">
            <span className="max-w-60 truncate">{item.name}</span>
            {item.state === "failed" && (
              <span role="alert" className="text-failed">
                {sentenceFor(item.problem)}
              </span>
            )}
          </span>
          {item.state === "uploading" && (
            <progress
              aria-label={texts.uploading(item.name)}
              value={item.progress}
              className="absolute inset-x-0 bottom-0 h-0.5 w-full appearance-none accent-accent"
            />
          )}
          {item.state === "failed" && item.canRetry && (
            <button
              type="button"
              onClick={(event) => onRetry(item.key, event.detail === 0)}
              aria-label={texts.retryAttachment(item.name)}
              data-testid="retry-attachment"
              className="-me-2 shrink-0 self-stretch rounded-lg px-2 font-medium text-accent transition-opacity duration-150 hover:opacity-85 pointer-coarse:min-w-11"
            >
              {texts.retry}
            </button>
          )}
          <button
            type="button"
            onClick={(event) => onRemove(item.key, event.detail === 0)}
            aria-label={texts.removeAttachment(item.name)}
            className="grid w-8 self-stretch shrink-0 place-items-center text-quiet transition-colors duration-150 hover:text-text pointer-coarse:w-11"
          >
            <X aria-hidden size={14} />
          </button>
        </li>
      ))}
    </ul>
  )
}

function sentenceFor(problem: string): string {
  return problem === "too-large" ? texts.fileTooLarge : problem
}
