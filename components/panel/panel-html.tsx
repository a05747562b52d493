import { texts } from "../texts.ts"
import { inertPage } from "./inert-page.ts"

/**
 * Previews an untrusted page. Its frame has no origin, runs no scripts, submits no forms, opens no windows and loads
 * nothing.
 */
export function PanelHtml({ text, title }: { text: string; title: string }) {
  return (
    <>
      <p className="px-5 py-2 text-note text-quiet">{texts.panel.inert}</p>
      {/* White, like a page in a browser that sets no colours. */}
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
