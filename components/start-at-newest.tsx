/**
 * Comes last in a page. If the browser supports it, delays the first paint until the page is parsed up to here, so
 * that nothing moves afterwards, and scrolls to the newest message, unless the user has scrolled already. From then on
 * `use-newest-end.ts` keeps it there.
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

const scrollToEnd = `for (const list of document.querySelectorAll("[data-scroll]")) {
  list.dataset.endPx = list.scrollHeight - list.clientHeight
  list.scrollTop ||= list.scrollHeight
}`
