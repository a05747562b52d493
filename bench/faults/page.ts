/** What a person has before them: a page that shows an answer, as a product's documented client would. */

export interface Page {
  /** the answer as it is shown now */
  readonly text: string
  /** "working": more may come. "failed": it says that something went wrong, and does nothing more by itself */
  readonly state: "working" | "ended" | "failed"
  /** what it says of a failure */
  readonly problem?: string | undefined
  /** Calls back after each change of the above. */
  onChange(listener: () => void): void
  /** Closes the tab, as a reload does too. */
  leave(): void
}

/** One person's browser, at one chat. */
export interface Browser {
  /** Opens a new chat and sends the question. */
  ask(question: string): Page
  /** Opens the chat's page, again or in a second tab: what is stored is shown, and what runs is followed. */
  open(): Promise<Page>
  /** Does what the product's documentation says a button for stopping should do. */
  stop(page: Page): Promise<void>
}

export interface Visit {
  /** where the product is */
  origin: string
  chatId: string
  /** sent with every request of the browser */
  headers: Record<string, string>
}

/** @returns once the page has ended or failed; false: not within this time */
export async function untilSettled(page: Page, limitMs: number): Promise<boolean> {
  return until(page, () => page.state !== "working", limitMs)
}

/** Waits until something is so, which is asked after each change. @returns false: not within this time */
export function until(page: Page, isSo: () => boolean, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), limitMs)
    const look = () => {
      if (!isSo()) return
      clearTimeout(timer)
      resolve(true)
    }
    page.onChange(look)
    look()
  })
}

/** Gets what a page is made of. A person whose page does not come up reloads it, up to ten times. */
export async function reloaded(url: string): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const response = await fetch(url).catch(() => undefined)
    if (response && (response.ok || tries === 10)) return response
    if (tries === 10) throw new Error(`${url} cannot be reached`)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
