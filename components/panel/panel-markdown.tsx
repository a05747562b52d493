import { Markdown } from "../markdown/markdown.tsx"

/** Uses the renderer of answers, with the same rules: no HTML, and no images from other hosts. */
export function PanelMarkdown({ text }: { text: string }) {
  return (
    <div
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
      data-testid="panel-markdown"
      className="min-h-0 flex-1 overflow-auto overscroll-contain px-5 py-5 outline-offset-[-2px]"
    >
      <div className="mx-auto max-w-[44rem]">
        <Markdown text={text} isLive={false} />
      </div>
    </div>
  )
}
