/**
 * Scrolls to the newest message while the page is still being parsed: the first paint is already at the end.
 * From then on the message list keeps it there.
 */
export function StartAtNewest({ nonce }: { nonce: string | undefined }) {
  // A browser hides the nonce once the script has run.
  return <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: scrollToEnd }} />
}

const scrollToEnd = `for (const list of document.querySelectorAll("[data-scroll]")) list.scrollTop = list.scrollHeight`
