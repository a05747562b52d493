/**
 * Stands at a page's end. Nothing is painted before it is parsed, where a browser can be told so: else what is parsed
 * later would push on what is seen. And it has scrolled to the newest message by then; from there on the message list
 * keeps it there.
 */
export function StartAtNewest({ nonce }: { nonce: string | undefined }) {
  return (
    <>
      <link rel="expect" href={`#${endOfPage}`} blocking="render" />
      {/* A browser hides the nonce once the script has run. */}
      <script id={endOfPage} nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: scrollToEnd }} />
    </>
  )
}

const endOfPage = "end-of-page"

const scrollToEnd = `for (const list of document.querySelectorAll("[data-scroll]")) list.scrollTop = list.scrollHeight`
