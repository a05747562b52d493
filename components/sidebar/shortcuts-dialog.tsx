import { type ShortcutName, shortcuts } from "#hooks/browser/shortcuts.ts"
import { useShortcutKeys } from "#hooks/browser/use-shortcuts.ts"
import { Dialog } from "../controls/dialog.tsx"
import { texts } from "../texts.ts"

/** Lists all shortcuts with what they do. */
export function ShortcutsDialog({ onClose }: { onClose(): void }) {
  const pressed = useShortcutKeys()
  const names = Object.keys(shortcuts) as ShortcutName[] // its own keys, all of them
  const rows = [
    ...names.map((name) => ({ does: texts.shortcuts[name], keys: pressed(name).keys })),
    { does: texts.shortcutSend, keys: "Enter" },
    { does: texts.shortcutNewLine, keys: "Shift+Enter" },
  ]
  return (
    <Dialog title={texts.shortcutsTitle} onClose={onClose}>
      <dl className="mt-3 text-[0.875rem]">
        {rows.map(({ does, keys }) => (
          <div key={does} className="flex items-center justify-between gap-4 border-line py-2 not-last:border-b">
            <dt>{does}</dt>
            <dd className="shrink-0 font-mono text-note text-quiet">
              <kbd>{keys}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
