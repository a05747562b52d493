import { Gauge, LogOut, SquarePen } from "lucide-react"
import Link from "next/link"
import { useShortcutKeys } from "#hooks/browser/use-shortcuts.ts"
import { removeChat, renameChat, undoRemoval, useChatChanges, withTitles } from "#hooks/chats/chat-changes.ts"
import { useChatSearch } from "#hooks/chats/use-chat-search.ts"
import type { OlderChats } from "#hooks/chats/use-older-chats.ts"
import type { ListedChat } from "#hooks/use-user-events.ts"
import type { ChatPage } from "#lib/chat-protocol.ts"
import { IconButton } from "../controls/icon-button.tsx"
import { shortcutHint } from "../controls/shortcut-hint.ts"
import { texts } from "../texts.ts"
import { ChatList } from "./chat-list.tsx"
import { row } from "./chat-row.tsx"
import { ChatSearchField } from "./chat-search.tsx"
import { ShortcutsButton } from "./shortcuts-button.tsx"
import { ThemeChoice } from "./theme-choice.tsx"

interface SidebarProps {
  chats: ListedChat[]
  /** undefined: there are no older chats */
  older: OlderChats | undefined
  currentChatId: string | undefined
  agentSlug: string
  user: ChatPage["user"]
  onSignOut(): void
  /** called when the current chat was deleted */
  onCurrentGone(): void
  /** @param message a sentence for people */
  onProblem(message: string): void
}

/** The list of chats with its search, and the account. */
export function Sidebar(props: SidebarProps) {
  const { chats, older, currentChatId, agentSlug, user, onSignOut, onCurrentGone, onProblem } = props
  const search = useChatSearch()
  const newChat = useShortcutKeys()("newChat")
  const changes = useChatChanges()
  const listed = withTitles<ListedChat>(search.found ?? chats, changes)
    .filter(({ id }) => changes.removals.get(id) !== "gone")
    .map((chat) => ({ ...chat, isRemoved: changes.removals.has(chat.id) }))
  const tell = (problem: string = texts.notDone) => onProblem(problem)

  return (
    <nav
      aria-label={texts.chats}
      className="flex h-full w-full flex-col pt-[env(safe-area-inset-top)] pl-[env(safe-area-inset-left)]"
    >
      <div className="flex h-14 shrink-0 items-center justify-between ps-5 pe-3">
        <p className="font-semibold tracking-tight">{texts.appName}</p>
        {/* Fixed to the width of its buttons, so that nothing moves if the page is painted before it is complete. */}
        <div className="flex w-16 items-center pointer-coarse:w-11">
          <ShortcutsButton />
          <ThemeChoice />
        </div>
      </div>
      <Link
        href={`/agent/${agentSlug}`}
        prefetch={false}
        data-testid="new-chat"
        aria-keyshortcuts={newChat.aria}
        className={`${row} group/new mx-2 shrink-0 font-medium`}
      >
        <SquarePen aria-hidden size={16} strokeWidth={1.75} />
        {texts.newChat}
        <kbd aria-hidden className={`${shortcutHint} group-hover/new:opacity-100`}>
          {newChat.keys}
        </kbd>
      </Link>
      <ChatSearchField text={search.text} onChange={search.setText} />
      <ChatList
        key={search.found ? "found" : "all"}
        chats={listed}
        isWhole={!search.found}
        older={search.found ? undefined : older}
        currentChatId={currentChatId}
        emptyLine={search.problem ?? (search.isSearching ? "" : search.found ? texts.noHits : texts.noChats)}
        onRename={(chat, title) => void renameChat({ chatId: chat.id, from: chat.title, to: title, onProblem: tell })}
        onRemove={(chatId) =>
          removeChat(chatId, { onGone: () => chatId === currentChatId && onCurrentGone(), onProblem: tell })
        }
        onUndoRemoval={undoRemoval}
      />
      <Account user={user} onSignOut={onSignOut} />
    </nav>
  )
}

function Account({ user, onSignOut }: Pick<SidebarProps, "user" | "onSignOut">) {
  return (
    <div className="shrink-0 border-line border-t px-2 pt-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]">
      {user && (
        <Link href="/usage" prefetch={false} data-testid="usage" className={`${row} text-quiet hover:text-text`}>
          <Gauge aria-hidden size={16} strokeWidth={1.75} />
          {texts.usage}
        </Link>
      )}
      {user && !user.isAnonymous ? (
        <div className="flex min-h-11 items-center justify-between gap-2 ps-3 text-[0.875rem]">
          <span className="truncate" title={user.email}>
            {user.name || user.email}
          </span>
          <IconButton icon={LogOut} label={texts.signOut} align="end" onClick={onSignOut} />
        </div>
      ) : (
        <Link href="/sign-in" prefetch={false} className={`${row} min-h-11! flex-wrap gap-x-1.5! gap-y-0!`}>
          <span className="text-quiet">{texts.guest}</span>
          <span className="font-medium text-accent">{texts.guestKeep}</span>
        </Link>
      )}
    </div>
  )
}
