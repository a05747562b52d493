import { Download, Ellipsis, Pencil, Share2, Trash2 } from "lucide-react"
import dynamic from "next/dynamic"
import { useRef, useState } from "react"
import { useShortcutKeys } from "#hooks/browser/use-shortcuts.ts"
import { addresses } from "#lib/transports/chat-api.ts"
import { IconButton } from "../controls/icon-button.tsx"
import { useAnchor } from "../controls/use-anchor.ts"
import { texts } from "../texts.ts"

interface ChatMenuProps {
  chatId: string
  title: string
  /** shortcuts apply to the current chat */
  isCurrent: boolean
  onRename(): void
  onRemove(): void
}

const ShareDialog = dynamic(() => import("./share-dialog.tsx").then((loaded) => loaded.ShareDialog), { ssr: false })

/** The menu of a chat: a popover, which the browser opens and closes, and which returns the focus. */
export function ChatMenu({ chatId, title, isCurrent, onRename, onRemove }: ChatMenuProps) {
  const { id, anchor, place } = useAnchor()
  const menu = useRef<HTMLDivElement>(null)
  const closing = { popoverTarget: id, popoverTargetAction: "hide" } as const
  const renameKeys = useShortcutKeys()("rename")
  const [isSharing, setSharing] = useState(false)

  return (
    <>
      <IconButton
        icon={Ellipsis}
        label={texts.chatMenu(title)}
        tooltip={texts.more}
        side="below"
        align="end"
        popoverTarget={id}
        style={anchor}
        data-testid="chat-menu"
        className="absolute! inset-y-0 end-1 my-auto size-7 opacity-0 focus-visible:opacity-100 group-hover/row:opacity-100 has-[+:popover-open]:opacity-100 has-[+:popover-open]:after:hidden pointer-coarse:end-0 pointer-coarse:opacity-100"
      />
      <div ref={menu} id={id} popover="auto" className="menu w-52" style={place}>
        <button
          type="button"
          {...closing}
          aria-keyshortcuts={isCurrent ? renameKeys.aria : undefined}
          onClick={onRename}
          className={menuItem}
        >
          <Pencil {...sign} />
          {texts.rename}
          {isCurrent && (
            <kbd aria-hidden className="ms-auto font-sans text-note text-quiet pointer-coarse:hidden">
              {renameKeys.keys}
            </kbd>
          )}
        </button>
        <button type="button" {...closing} onClick={() => setSharing(true)} className={menuItem}>
          <Share2 {...sign} />
          {texts.share}
        </button>
        {exports.map(({ format, label }) => (
          <a
            key={format}
            href={addresses.export(chatId, format)}
            download
            onClick={() => menu.current?.hidePopover()}
            className={menuItem}
          >
            <Download {...sign} />
            {label}
          </a>
        ))}
        <button type="button" {...closing} onClick={onRemove} className={menuItem}>
          <Trash2 {...sign} />
          {texts.remove}
        </button>
      </div>
      {isSharing && <ShareDialog chatId={chatId} title={title} onClose={() => setSharing(false)} />}
    </>
  )
}

const exports = [
  { format: "markdown", label: texts.exportMarkdown },
  { format: "json", label: texts.exportJson },
]
const sign = { "aria-hidden": true, size: 15, strokeWidth: 1.75 } as const
const menuItem =
  "flex min-h-9 w-full items-center gap-2.5 rounded-lg px-2.5 text-start text-[0.875rem] transition-colors duration-150 hover:bg-soft focus-visible:bg-soft pointer-coarse:min-h-11"
