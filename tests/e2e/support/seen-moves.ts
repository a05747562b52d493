/** Records layout shifts of a page, as the browser itself reports them. */
import type { Page } from "@playwright/test"

interface LayoutShift extends PerformanceEntry {
  value: number
  hadRecentInput: boolean
  sources: { node: Node | null }[]
}

/**
 * Records from now on, and from the first paint of every page that is opened. Shifts within half a second of a press
 * are expected.
 */
export async function noteMoves(page: Page): Promise<void> {
  const begin = () => {
    const moves: string[] = []
    Object.assign(window, { moves })
    let askedUntilMs = 0
    // Shifts after a press are expected, even in a late frame.
    const ask = () => {
      askedUntilMs = Number.POSITIVE_INFINITY
      requestAnimationFrame(() => requestAnimationFrame(() => (askedUntilMs = performance.now())))
    }
    for (const type of ["pointerdown", "keydown"]) addEventListener(type, ask, true)
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as LayoutShift[]) {
        if (entry.hadRecentInput || entry.startTime <= askedUntilMs) continue
        const what = entry.sources.map(({ node }) => (node instanceof Element ? node.outerHTML : node?.textContent))
        moves.push(`${entry.value.toFixed(5)} at ${Math.round(entry.startTime)} ms: ${what.join(" | ").slice(0, 400)}`)
      }
    }).observe({ type: "layout-shift", buffered: true })
  }
  await page.addInitScript(begin)
  await page.evaluate(begin)
}

export async function movesIn(page: Page): Promise<string[]> {
  // The last paint has been reported by the frame after it.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  return page.evaluate(() => (window as unknown as { moves: string[] }).moves)
}
