import { Search, X } from "lucide-react"
import { useContext, useRef } from "react"
import { useEarlyInput } from "#hooks/browser/use-early-input.ts"
import { useLayer } from "#hooks/browser/use-layer.ts"
import { useShortcutKeys, useShortcuts } from "#hooks/browser/use-shortcuts.ts"
import { IconButton } from "../controls/icon-button.tsx"
import { shortcutHint } from "../controls/shortcut-hint.ts"
import { texts } from "../texts.ts"
import { RevealSidebar } from "./sidebar-reveal.ts"

interface ChatSearchFieldProps {
  text: string
  onChange(text: string): void
}

/** Searches chats while the user types. Esc clears it. */
export function ChatSearchField({ text, onChange }: ChatSearchFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  const reveal = useContext(RevealSidebar)
  const { keys, aria } = useShortcutKeys()("search")
  useEarlyInput(text, () => input.current?.value, onChange)
  useLayer({ isOpen: text !== "", element: input, onClose: () => onChange("") })
  useShortcuts({
    search() {
      reveal()
      input.current?.select()
    },
  })

  return (
    // biome-ignore lint/a11y/useSemanticElements: some browsers that we support lack <search>
    <div
      role="search"
      className="group/search mx-2 mb-2 flex min-h-9 shrink-0 items-center gap-2.5 rounded-lg pe-1 ps-3 text-quiet transition-colors duration-150 focus-within:bg-soft hover:bg-soft pointer-coarse:min-h-11"
    >
      <Search aria-hidden size={16} strokeWidth={1.75} className="shrink-0" />
      <input
        dir="auto"
        ref={input}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        maxLength={200}
        aria-label={texts.searchChats}
        aria-keyshortcuts={aria}
        placeholder={texts.searchChats}
        enterKeyHint="search"
        autoComplete="off"
        data-testid="chat-search"
        className="min-w-0 flex-1 self-stretch bg-transparent text-[0.875rem] text-text outline-none placeholder:text-quiet pointer-coarse:text-body"
      />
      {text === "" && (
        <kbd aria-hidden className={`${shortcutHint} group-focus-within/search:hidden group-hover/search:opacity-100`}>
          {keys}
        </kbd>
      )}
      {text !== "" && (
        <IconButton
          icon={X}
          label={texts.clearSearch}
          side="below"
          align="end"
          onClick={() => onChange("")}
          className="size-7"
        />
      )}
    </div>
  )
}
