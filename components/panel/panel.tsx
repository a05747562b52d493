import { Download, X } from "lucide-react"
import { type ReactNode, useEffect, useRef, useState } from "react"
import { useLayer } from "#hooks/browser/use-layer.ts"
import { CopyButton } from "../controls/copy-button.tsx"
import { IconButton } from "../controls/icon-button.tsx"
import { texts } from "../texts.ts"
import { PanelCode } from "./panel-code.tsx"
import { PanelHtml } from "./panel-html.tsx"
import type { PanelItem } from "./panel-item.ts"
import { PanelMarkdown } from "./panel-markdown.tsx"
import { PanelTable } from "./panel-table.tsx"
import { saveAs } from "./save-as.ts"
import { usePanelText } from "./use-panel-text.ts"

export interface PanelProps {
  item: PanelItem
  onClose(hasFocus: boolean): void
}

/** If there is room, the panel is beside the conversation, otherwise over it. The same breakpoint as in `panel.css`. */
const hasRoom = "(width >= 80rem)"

/** Shows one item in full, to read, copy or save. Esc closes it. */
export function Panel({ item, onClose }: PanelProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    const room = window.matchMedia(hasRoom)
    function show(): void {
      dialog.current?.close()
      if (room.matches) dialog.current?.show()
      else dialog.current?.showModal()
    }
    show()
    room.addEventListener("change", show)
    return () => room.removeEventListener("change", show)
  }, [])

  useEffect(() => heading.current?.focus({ preventScroll: true }), [item.id])

  /** Closes the dialog first, which releases the focus. It returns to the opener only if it was in the panel. */
  function close(): void {
    const isWithin = dialog.current?.contains(document.activeElement) ?? true
    dialog.current?.close()
    onClose(isWithin || document.activeElement === document.body)
  }

  useLayer({ onClose: close })

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc does the same
    <dialog
      ref={dialog}
      aria-labelledby="panel-title"
      data-testid="panel"
      className="panel"
      // The phone's back gesture, or Esc in a modal.
      onCancel={(event) => {
        event.preventDefault()
        close()
      }}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <Content
        key={item.id}
        item={item}
        title={
          <h2
            ref={heading}
            id="panel-title"
            tabIndex={-1}
            className="min-w-0 flex-1 truncate font-semibold text-note outline-none"
          >
            {item.title}
          </h2>
        }
        close={<IconButton icon={X} label={texts.panel.close} side="below" align="end" onClick={close} />}
      />
    </dialog>
  )
}

/** The views of each kind; the first is shown first. */
const views = {
  code: ["source"],
  picture: ["shown"],
  markdown: ["shown", "source"],
  table: ["shown", "source"],
  html: ["source", "shown"],
} as const satisfies Record<PanelItem["kind"], readonly ("shown" | "source")[]>

function Content({ item, title, close }: { item: PanelItem; title: ReactNode; close: ReactNode }) {
  const { kind, language, filename } = item
  const choices: readonly ("shown" | "source")[] = views[kind]
  const [view, setView] = useState(choices[0] ?? "source")
  const { text, problem, retry } = usePanelText(kind === "picture" ? undefined : item.content)
  const isFetching = kind !== "picture" && text === undefined && problem === undefined

  return (
    <div className="flex h-full min-h-0 w-full flex-col">
      <header className="flex min-h-14 shrink-0 items-center gap-1 max-md:flex-wrap max-md:pb-2 border-line border-b pt-[env(safe-area-inset-top)] pe-2 ps-5">
        {title}
        {choices.length > 1 && (
          <fieldset
            className="me-1 flex shrink-0 rounded-lg bg-soft p-0.5 max-md:order-last max-md:me-3 max-md:w-full max-md:*:flex-1"
            aria-label={texts.panel.view}
          >
            {choices.map((choice) => (
              <button
                key={choice}
                type="button"
                aria-pressed={view === choice}
                onClick={() => setView(choice)}
                data-testid={`panel-${choice}`}
                className="min-h-7 rounded-md px-2.5 text-note text-quiet transition-colors duration-150 hover:text-text aria-pressed:bg-page aria-pressed:text-text pointer-coarse:min-h-11"
              >
                {choice === "source" ? texts.panel.source : texts.panel.shown[kind]}
              </button>
            ))}
          </fieldset>
        )}
        {text !== undefined && <CopyButton align="end" text={text} />}
        <IconButton
          icon={Download}
          label={texts.panel.save}
          side="below"
          align="end"
          onClick={() => saveAs(filename, text === undefined ? item.content : { text })}
        />
        {close}
      </header>
      {kind === "picture" && "url" in item.content && (
        <div className="grid min-h-0 flex-1 place-items-center overflow-auto p-4">
          <img src={item.content.url} alt={item.title} className="max-h-full max-w-full object-contain" />
        </div>
      )}
      {problem && (
        <p role="alert" className="flex flex-wrap items-center gap-x-2 p-5 text-failed text-note">
          {problem}
          <button type="button" onClick={retry} className="min-h-8 font-medium text-accent pointer-coarse:min-h-11">
            {texts.retry}
          </button>
        </p>
      )}
      {isFetching && (
        <div aria-hidden className="skeleton grid gap-4 p-5">
          <div className="skeleton-line w-[86%]" />
          <div className="skeleton-line w-[58%]" />
        </div>
      )}
      {text !== undefined && view === "source" && <PanelCode text={text} language={language} />}
      {text !== undefined && view === "shown" && kind === "markdown" && <PanelMarkdown text={text} />}
      {text !== undefined && view === "shown" && kind === "table" && <PanelTable text={text} />}
      {text !== undefined && view === "shown" && kind === "html" && <PanelHtml text={text} title={item.title} />}
    </div>
  )
}
