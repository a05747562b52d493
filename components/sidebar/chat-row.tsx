import Link from "next/link"
import { type KeyboardEvent, useContext, useEffect, useRef, useState } from "react"
import { useLayer } from "#hooks/browser/use-layer.ts"
import { useShortcuts } from "#hooks/browser/use-shortcuts.ts"
import type { ListedChat } from "#hooks/use-user-events.ts"
import { maxTitleChars } from "#lib/chat-protocol.ts"
import { isSendingEnter } from "../controls/keys.ts"
import { texts } from "../texts.ts"
import { ChatMenu } from "./chat-menu.tsx"
import { ChatSign } from "./chat-sign.tsx"
import { RevealSidebar } from "./sidebar-reveal.ts"

interface ChatRowProps {
  chat: ListedChat
  isCurrent: boolean
  onRename(title: string): void
  onRemove(): void
}

/** One chat in the list: a link, its state, and its menu. */
export function ChatRow({ chat, isCurrent, onRename, onRemove }: ChatRowProps) {
  const [isRenaming, setRenaming] = useState(false)
  const title = chat.title || texts.newChat
  const reveal = useContext(RevealSidebar)
  const link = useRef<HTMLAnchorElement>(null)
  const focusedBefore = useRef<Element>(null)
  useShortcuts(isCurrent ? { rename } : {})

  useEffect(() => {
    if (isRenaming || focusedBefore.current === null) return
    // The menu button that had the focus was replaced together with the row.
    const place = focusedBefore.current.isConnected ? focusedBefore.current : link.current
    focusedBefore.current = null
    if (document.activeElement === document.body && place instanceof HTMLElement) place.focus({ preventScroll: true })
  }, [isRenaming])

  function rename(): void {
    focusedBefore.current = document.activeElement
    reveal()
    setRenaming(true)
  }

  if (isRenaming)
    return (
      <TitleField
        title={chat.title}
        onDone={(renamed) => {
          setRenaming(false)
          if (renamed !== undefined) onRename(renamed)
        }}
      />
    )
  return (
    <div className="group/row relative">
      <Link
        ref={link}
        href={`/agent/${chat.agent}/${chat.id}`}
        prefetch={false}
        aria-current={isCurrent ? "page" : undefined}
        data-testid="chat-list-item"
        data-chat-id={chat.id}
        data-running={chat.isRunning}
        data-unread={chat.isUnread ?? false}
        className={`${row} pe-10! text-quiet hover:text-text aria-[current]:bg-soft-strong/60 aria-[current]:text-text pointer-coarse:pe-12!`}
      >
        <span className="min-w-0 flex-1">
          <span dir="auto" className="block truncate">
            {title}
          </span>
          {chat.snippet && (
            <span dir="auto" className="line-clamp-2 wrap-anywhere text-note text-quiet" data-testid="snippet">
              {chat.snippet.before}
              <mark className="rounded-sm bg-accent/15 font-medium text-text">{chat.snippet.hit}</mark>
              {chat.snippet.after}
            </span>
          )}
        </span>
        <ChatSign isRunning={chat.isRunning} isUnread={chat.isUnread ?? false} />
      </Link>
      <ChatMenu
        chatId={chat.id}
        title={title}
        isCurrent={isCurrent}
        onRename={() => setRenaming(true)}
        onRemove={onRemove}
      />
    </div>
  )
}

/** Style of every row in the sidebar. */
export const row =
  "flex min-h-9 items-center gap-2.5 rounded-lg px-3 py-1.5 text-[0.875rem] leading-5 transition-colors duration-150 hover:bg-soft pointer-coarse:min-h-11"

interface TitleFieldProps {
  title: string
  /** @param title undefined: it stays as it was */
  onDone(title: string | undefined): void
}

/** Edits a title. Enter or leaving the field saves it, Esc cancels. */
function TitleField({ title: shown, onDone }: TitleFieldProps) {
  // We added the ellipsis of a shortened title. A user who adds to the title does not want it in the middle.
  const title = shown.replace(/\s*…$/u, "")
  const [text, setText] = useState(title)
  const input = useRef<HTMLInputElement>(null)
  const isDone = useRef(false)
  useLayer({ element: input, onClose: () => leave() })
  useEffect(() => {
    input.current?.focus()
    input.current?.select()
  }, [])

  function leave(renamed?: string): void {
    // Removing the focused field triggers another blur event.
    if (!isDone.current) onDone(renamed)
    isDone.current = true
  }

  function finish(): void {
    const renamed = text.replace(/\s+/g, " ").trim()
    leave(renamed === "" || renamed === title ? undefined : renamed)
  }

  function listen(event: KeyboardEvent): void {
    if (isSendingEnter(event)) finish()
  }

  return (
    <input
      ref={input}
      dir="auto"
      value={text}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={listen}
      onBlur={finish}
      maxLength={maxTitleChars}
      aria-label={texts.titleLabel}
      enterKeyHint="done"
      autoComplete="off"
      data-testid="title-input"
      className={`${row} w-full bg-soft text-text outline-accent pointer-coarse:text-body`}
    />
  )
}
