/** What one person has seen of an answer, over all the pages that showed it to them. */
import type { Page } from "./page.ts"
import { wordsIn } from "./provider.ts"

/** Counted in words; what is seen is compared with what the provider sent. */
export interface Seen {
  /** missing on the page, when it had ended */
  lost: number
  /** shown twice at once */
  twice: number
  /** replaced by others after they were seen */
  changed: number
  /** the longest time in which no new word was shown, between the first and the last */
  silenceMs: number
}

export class Person {
  #page: Page | undefined
  #newestAtMs = Number.NaN
  #silenceMs = 0
  #twice = 0
  readonly #letters = new Map<number, Set<string>>()

  /** Looks at this page from now on. */
  lookAt(page: Page): Page {
    this.#page = page
    page.onChange(() => {
      if (this.#page === page) this.#look(page)
    })
    this.#look(page)
    return page
  }

  /** @returns how many different words were seen so far */
  get words(): number {
    return this.#letters.size
  }

  /** @param positions how many words the answer has */
  seen(positions: number): Seen {
    const shown = new Map(wordsIn(this.#page?.text ?? "").map(({ position, letter }) => [position, letter]))
    const changed = [...this.#letters].filter(([position, letters]) => {
      const last = shown.get(position)
      return last !== undefined && letters.size > 1
    })
    return {
      lost: Math.max(positions - shown.size, 0),
      twice: this.#twice,
      changed: changed.length,
      silenceMs: this.#silenceMs,
    }
  }

  #look(page: Page): void {
    const words = wordsIn(page.text)
    const before = this.#letters.size
    for (const { position, letter } of words) {
      const letters = this.#letters.get(position)
      if (letters) letters.add(letter)
      else this.#letters.set(position, new Set([letter]))
    }
    this.#twice = Math.max(this.#twice, words.length - new Set(words.map(({ position }) => position)).size)
    if (this.#letters.size === before) return
    const nowMs = performance.now()
    if (before > 0) this.#silenceMs = Math.max(this.#silenceMs, nowMs - this.#newestAtMs)
    this.#newestAtMs = nowMs
  }
}
