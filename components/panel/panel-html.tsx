import { texts } from "../texts.ts"
import { inertPage } from "./inert-page.ts"

/**
 * A page that somebody else wrote, to be looked at. Its frame has no origin, runs no script, sends no form, opens no
 * window and loads nothing: what it shows is in it.
 */
export function PanelHtml({ text, title }: { text: string; title: string }) {
  return (
    <>
      <p className="px-5 py-2 text-note text-quiet">{texts.panel.inert}</p>
      {/* White, as browsers show a page that says nothing of its colours. */}
      <iframe
        title={texts.panel.previewOf(title)}
        sandbox=""
        srcDoc={inertPage(text)}
        referrerPolicy="no-referrer"
        data-testid="panel-preview"
        className="min-h-0 w-full flex-1 bg-[white] [color-scheme:light]"
      />
    </>
  )
}
