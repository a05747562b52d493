/** Callbacks that are called on each change, until they are removed. */
export class Listeners<Change = void> {
  readonly #callbacks = new Set<(change: Change) => void>()

  get size(): number {
    return this.#callbacks.size
  }

  /**
   * Adds a callback. The method can be passed on by itself, as to `useSyncExternalStore`.
   * @returns a function that removes it
   */
  readonly add = (callback: (change: Change) => void): (() => void) => {
    this.#callbacks.add(callback)
    return () => void this.#callbacks.delete(callback)
  }

  notify(change: Change): void {
    for (const callback of this.#callbacks) callback(change)
  }
}
