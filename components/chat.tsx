import { PanelLeft } from "lucide-react"
import { type ReactNode, useState } from "react"
import { ChatMobile, OpenDrawer } from "./chat-mobile.tsx"
import { rememberFolded } from "./folded-cookie.ts"
import { IconButton } from "./icon-button.tsx"
import { texts } from "./texts.ts"

interface ChatProps {
  sidebar: ReactNode
  title: string
  /** the live sign of this chat */
  connection: ReactNode
  isFoldedAtFirst: boolean
  children: ReactNode
}

/**
 * The desktop's frame: the list of chats in a column that folds away, the conversation beside it.
 * On a narrow screen the same column is the drawer of the phone's frame. CSS chooses, so the first paint is right
 * and a turned tablet keeps what was being typed.
 */
export function Chat({ sidebar, title, connection, isFoldedAtFirst, children }: ChatProps) {
  const [isFolded, setFolded] = useState(isFoldedAtFirst)

  function toggle(): void {
    setFolded(!isFolded)
    rememberFolded(!isFolded)
  }

  return (
    <div
      data-testid="chat"
      data-folded={isFolded}
      className="flex h-dvh overflow-hidden bg-page pr-[env(safe-area-inset-right)]"
    >
      <ChatMobile>{sidebar}</ChatMobile>
      <main className="flex min-w-0 flex-1 flex-col">
        <header className="flex min-h-14 shrink-0 items-center gap-2 px-2 pt-[env(safe-area-inset-top)] md:px-3">
          <OpenDrawer />
          <IconButton
            icon={PanelLeft}
            label={isFolded ? texts.unfoldSidebar : texts.foldSidebar}
            aria-expanded={!isFolded}
            side="below"
            align="start"
            onClick={toggle}
            className="max-md:hidden"
          />
          <h1 className="min-w-0 flex-1 truncate text-[0.875rem] text-quiet">{title}</h1>
          {connection}
        </header>
        {children}
      </main>
    </div>
  )
}
