import { Ellipsis, Pencil, Trash2 } from "lucide-react"
import Link from "next/link"
import { type KeyboardEvent, type ToggleEvent, useEffect, useId, useRef, useState } from "react"
import type { ListedChat } from "#hooks/use-user-events.ts"
import { maxTitleChars } from "#lib/chat-protocol.ts"
import { ChatSign } from "./chat-sign.tsx"
import { IconButton } from "./icon-button.tsx"
import { isComposing, isSendingEnter } from "./keys.ts"
import { texts } from "./texts.ts"

interface ChatRowProps {
  chat: ListedChat
  isCurrent: boolean
  onRename(title: string): void
  onRemove(): void
}

/** One chat in the list: the way to it, whether it is being written, and what can be done with it. */
export function ChatRow({ chat, isCurrent, onRename, onRemove }: ChatRowProps) {
  const [isRenaming, setRenaming] = useState(false)
  const title = chat.title || texts.newChat

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
        href={`/agent/${chat.agent}/${chat.id}`}
        prefetch={false}
        aria-current={isCurrent ? "page" : undefined}
        data-testid="chat-list-item"
        data-chat-id={chat.id}
        data-running={chat.isRunning}
        data-unread={chat.isUnread ?? false}
        className={`${row} pr-10! text-quiet hover:text-text aria-[current]:bg-soft-strong/60 aria-[current]:text-text pointer-coarse:pr-12!`}
      >
        <span className="min-w-0 flex-1">
          <span className="block truncate">{title}</span>
          {chat.snippet && (
            <span className="block truncate text-note text-quiet" data-testid="snippet">
              {chat.snippet.before}
              <mark className="bg-transparent font-medium text-accent">{chat.snippet.hit}</mark>
              {chat.snippet.after}
            </span>
          )}
        </span>
        <ChatSign isRunning={chat.isRunning} isUnread={chat.isUnread ?? false} />
      </Link>
      <ChatMenu title={title} onRename={() => setRenaming(true)} onRemove={onRemove} />
    </div>
  )
}

/** As every row of the sidebar. */
export const row =
  "flex min-h-9 items-center gap-2.5 rounded-lg px-3 py-1.5 text-[0.875rem] leading-5 transition-colors duration-150 hover:bg-soft pointer-coarse:min-h-11"

interface ChatMenuProps {
  title: string
  onRename(): void
  onRemove(): void
}

/** A popover: the browser opens it, closes it at Esc or a press beside it, and gives the focus back. */
function ChatMenu({ title, onRename, onRemove }: ChatMenuProps) {
  const id = useId()
  const opener = useRef<HTMLButtonElement>(null)

  /** The list scrolls and would cut it off, so it stands on its own, below what opened it or above. */
  function place(event: ToggleEvent<HTMLDivElement>): void {
    const from = opener.current?.getBoundingClientRect()
    if (event.newState !== "open" || !from) return
    const { style } = event.currentTarget
    const isLow = from.bottom > window.innerHeight - menuHeightPx
    style.left = `${Math.max(8, from.right - menuWidthPx)}px`
    style.top = isLow ? "auto" : `${from.bottom + 4}px`
    style.bottom = isLow ? `${window.innerHeight - from.top + 4}px` : "auto"
  }

  return (
    <>
      <IconButton
        ref={opener}
        icon={Ellipsis}
        label={texts.chatMenu(title)}
        tooltip={texts.more}
        side="below"
        align="end"
        popoverTarget={id}
        data-testid="chat-menu"
        className="absolute! top-1/2 right-1 size-7 -translate-y-1/2 opacity-0 focus-visible:opacity-100 group-hover/row:opacity-100 has-[+:popover-open]:opacity-100 has-[+:popover-open]:after:hidden pointer-coarse:right-0 pointer-coarse:opacity-100"
      />
      <div
        id={id}
        popover="auto"
        onBeforeToggle={place}
        className="fixed m-0 w-40 rounded-xl border border-line bg-page p-1 text-text shadow-md"
      >
        <button type="button" popoverTarget={id} popoverTargetAction="hide" onClick={onRename} className={menuItem}>
          <Pencil aria-hidden size={15} strokeWidth={1.75} />
          {texts.rename}
        </button>
        <button type="button" popoverTarget={id} popoverTargetAction="hide" onClick={onRemove} className={menuItem}>
          <Trash2 aria-hidden size={15} strokeWidth={1.75} />
          {texts.remove}
        </button>
      </div>
    </>
  )
}

const menuWidthPx = 160
const menuHeightPx = 110
const menuItem =
  "flex min-h-9 w-full items-center gap-2.5 rounded-lg px-2.5 text-left text-[0.875rem] transition-colors duration-150 hover:bg-soft focus-visible:bg-soft pointer-coarse:min-h-11"

interface TitleFieldProps {
  title: string
  /** undefined: it stays as it was */
  onDone(title: string | undefined): void
}

/** Enter and leaving it keep the new title, Esc the old one. */
function TitleField({ title, onDone }: TitleFieldProps) {
  const [text, setText] = useState(title)
  const input = useRef<HTMLInputElement>(null)
  const isDone = useRef(false)
  useEffect(() => {
    input.current?.focus()
    input.current?.select()
  }, [])

  function leave(renamed?: string): void {
    // A field that is taken away while it has the focus is left once more.
    if (!isDone.current) onDone(renamed)
    isDone.current = true
  }

  function finish(): void {
    const renamed = text.replace(/\s+/g, " ").trim()
    leave(renamed === "" || renamed === title ? undefined : renamed)
  }

  function listen(event: KeyboardEvent): void {
    if (isSendingEnter(event)) finish()
    if (event.key !== "Escape" || isComposing(event)) return
    // The drawer stays open.
    event.preventDefault()
    event.stopPropagation()
    leave()
  }

  return (
    <input
      ref={input}
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
