import { Gauge, LogOut, SquarePen } from "lucide-react"
import Link from "next/link"
import type { ChatPage, ChatSummary } from "#lib/chat-protocol.ts"
import { IconButton } from "./icon-button.tsx"
import { LiveDot } from "./live-dot.tsx"
import { texts } from "./texts.ts"

interface SidebarProps {
  chats: ChatSummary[]
  currentChatId: string | undefined
  agentSlug: string
  user: ChatPage["user"]
  onSignOut(): void
}

/** All chats, which of them are being written, and who is asking. */
export function Sidebar({ chats, currentChatId, agentSlug, user, onSignOut }: SidebarProps) {
  return (
    <nav
      aria-label={texts.chats}
      className="flex h-full w-full flex-col pt-[env(safe-area-inset-top)] pl-[env(safe-area-inset-left)]"
    >
      <p className="flex h-14 shrink-0 items-center gap-2.5 px-5 font-semibold tracking-tight">{texts.appName}</p>
      <Link
        href={`/agent/${agentSlug}`}
        prefetch={false}
        data-testid="new-chat"
        className={`${row} mx-2 mb-3 shrink-0 font-medium`}
      >
        <SquarePen aria-hidden size={16} strokeWidth={1.75} />
        {texts.newChat}
      </Link>
      <ChatList chats={chats} currentChatId={currentChatId} />
      <Account user={user} onSignOut={onSignOut} />
    </nav>
  )
}

const row =
  "flex min-h-9 items-center gap-2.5 rounded-lg px-3 text-[0.875rem] leading-5 transition-colors duration-150 hover:bg-soft pointer-coarse:min-h-11"

function ChatList({ chats, currentChatId }: { chats: ChatSummary[]; currentChatId: string | undefined }) {
  if (chats.length === 0) return <p className="flex-1 px-5 text-note text-quiet">{texts.noChats}</p>
  return (
    <ul className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 pb-2">
      {chats.map(({ id, agent, title, isRunning }) => (
        <li key={id}>
          <Link
            href={`/agent/${agent}/${id}`}
            prefetch={false}
            aria-current={id === currentChatId ? "page" : undefined}
            data-testid="chat-list-item"
            data-chat-id={id}
            data-running={isRunning}
            className={`${row} text-quiet hover:text-text aria-[current]:bg-soft-strong/60 aria-[current]:text-text`}
          >
            <span className="truncate">{title || texts.newChat}</span>
            {isRunning && (
              <span className="ml-auto flex items-center">
                <LiveDot state="writing" />
                <span className="sr-only">{texts.writing}</span>
              </span>
            )}
          </Link>
        </li>
      ))}
    </ul>
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
        <div className="flex min-h-11 items-center justify-between gap-2 pl-3 text-[0.875rem]">
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
