import { PanelLeft } from "lucide-react"
import { type ReactNode, useState } from "react"
import { flushSync } from "react-dom"
import { useShortcutKeys, useShortcuts } from "#hooks/browser/use-shortcuts.ts"
import { ChatMobile, OpenDrawer, revealDrawer } from "./chat-mobile.tsx"
import { IconButton } from "./controls/icon-button.tsx"
import { SkipLink } from "./controls/skip-link.tsx"
import { PanelFrame } from "./panel/panel-frame.tsx"
import { rememberFolded } from "./sidebar/folded-cookie.ts"
import { RevealSidebar } from "./sidebar/sidebar-reveal.ts"
import { texts } from "./texts.ts"

interface ChatProps {
  sidebar: ReactNode
  title: string
  /** the agent of this chat */
  agentName: string
  /** shows the state of this chat's connection */
  connection: ReactNode
  isFoldedAtFirst: boolean
  children: ReactNode
}

/**
 * The frame of a chat on the desktop: the list of chats in a column that collapses, the conversation beside it. On a
 * narrow screen the same column is a drawer (`chat-mobile.tsx`). CSS decides, so the first paint is right and a tablet
 * that is turned keeps what was being typed.
 */
export function Chat({ sidebar, title, agentName, connection, isFoldedAtFirst, children }: ChatProps) {
  const [isFolded, setFolded] = useState(isFoldedAtFirst)

  const { keys, aria } = useShortcutKeys()("foldSidebar")
  const label = isFolded ? texts.unfoldSidebar : texts.foldSidebar
  useShortcuts({ foldSidebar: () => revealDrawer() || fold(!isFolded) })

  function fold(isFoldedNow: boolean): void {
    setFolded(isFoldedNow)
    rememberFolded(isFoldedNow)
  }

  function reveal(): void {
    if (!revealDrawer()) flushSync(() => fold(false))
  }

  return (
    <div
      data-testid="chat"
      data-folded={isFolded}
      className="flex h-dvh overflow-hidden bg-page pr-[env(safe-area-inset-right)]"
    >
      <PanelFrame>
        <SkipLink />
        <ChatMobile>
          <RevealSidebar value={reveal}>{sidebar}</RevealSidebar>
        </ChatMobile>
        <main className="flex min-w-0 flex-1 flex-col">
          <header className="flex min-h-14 shrink-0 items-center gap-2 px-2 pt-[env(safe-area-inset-top)] md:px-3">
            <OpenDrawer />
            <IconButton
              icon={PanelLeft}
              label={label}
              tooltip={`${label} · ${keys}`}
              aria-keyshortcuts={aria}
              aria-expanded={!isFolded}
              side="below"
              align="start"
              onClick={() => fold(!isFolded)}
              className="fold-sidebar max-md:hidden"
            />
            {/* The title comes last in its line, so that its changes move nothing. */}
            <div className="flex min-w-0 flex-1 flex-col-reverse text-[0.875rem] leading-5 md:flex-row md:gap-2">
              <p
                data-testid="agent"
                className="max-w-full truncate text-quiet max-md:text-note md:max-w-40 md:shrink-0 lg:max-w-64"
              >
                <span className="sr-only">{texts.answering} </span>
                {agentName}
              </p>
              <span aria-hidden className="text-quiet/60 max-md:hidden">
                /
              </span>
              <h1 className="min-w-0">
                <span dir="auto" className="block w-fit max-w-full truncate print:whitespace-normal">
                  {title}
                </span>
              </h1>
            </div>
            {connection}
          </header>
          {children}
        </main>
      </PanelFrame>
    </div>
  )
}
