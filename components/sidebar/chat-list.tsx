import { useEffect, useLayoutEffect, useRef } from "react"
import type { OlderChats } from "#hooks/chats/use-older-chats.ts"
import type { ListedChat } from "#hooks/use-user-events.ts"
import type { ChatSummary } from "#lib/chat-protocol.ts"
import { texts } from "../texts.ts"
import { ChatRow, row } from "./chat-row.tsx"
import { OlderChatsRow } from "./older-chats-row.tsx"

export interface ChatListProps {
  chats: (ListedChat & { isRemoved: boolean })[]
  /** false: these are search results */
  isWhole: boolean
  /** the chats after these; undefined: there are none */
  older: OlderChats | undefined
  currentChatId: string | undefined
  /** the text of an empty list */
  emptyLine: string
  onRename(chat: ChatSummary, title: string): void
  onRemove(chatId: string): void
  onUndoRemoval(chatId: string): void
}

export function ChatList(props: ChatListProps) {
  const { chats, isWhole, older, currentChatId, emptyLine, onRename, onRemove, onUndoRemoval } = props
  const list = useRef<HTMLUListElement>(null)
  const resumeAfter = useRef<Element | null>(null)

  useLayoutEffect(() => {
    if (!isWhole || !list.current) return
    // The server's HTML may have been scrolled before the page was hydrated.
    scrolledPx ??= list.current.scrollTop
    list.current.scrollTop = scrolledPx
  }, [isWhole])

  // After loading more by keyboard, the focus goes to the first new chat.
  useEffect(() => {
    const next = resumeAfter.current?.nextElementSibling?.querySelector("a")
    if (!next) return
    next.focus()
    resumeAfter.current = null
  }, [chats.length])

  if (chats.length === 0 && !older)
    return (
      <p className="flex-1 px-5 text-note text-quiet" role="status">
        {emptyLine}
      </p>
    )
  return (
    <ul
      ref={list}
      onScroll={(event) => {
        if (isWhole) scrolledPx = event.currentTarget.scrollTop
      }}
      className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 pb-2"
    >
      {chats.map((chat) => (
        <li key={chat.id}>
          {chat.isRemoved ? (
            <RemovedRow onUndo={() => onUndoRemoval(chat.id)} />
          ) : (
            <ChatRow
              chat={chat}
              isCurrent={chat.id === currentChatId}
              onRename={(title) => onRename(chat, title)}
              onRemove={() => onRemove(chat.id)}
            />
          )}
        </li>
      ))}
      {older && (
        <OlderChatsRow
          older={older}
          listed={chats.length}
          onAsk={(rowBefore) => {
            resumeAfter.current = rowBefore
          }}
        />
      )}
    </ul>
  )
}

/** Each chat's page has a list of its own, which opens at the scroll position of the previous one, if there was one. */
let scrolledPx: number | undefined

/** Replaces a deleted chat while the deletion can be undone. */
function RemovedRow({ onUndo }: { onUndo(): void }) {
  const undo = useRef<HTMLButtonElement>(null)
  useEffect(() => undo.current?.focus(), [])
  return (
    <div className={`${row} justify-between pe-1! text-quiet`} data-testid="removed-chat">
      <span role="status">{texts.removed}</span>
      <button
        ref={undo}
        type="button"
        onClick={onUndo}
        data-testid="undo"
        className="min-h-7 rounded-lg px-2 font-medium text-accent transition-colors duration-150 hover:bg-soft-strong pointer-coarse:min-h-11"
      >
        {texts.undo}
      </button>
    </div>
  )
}
