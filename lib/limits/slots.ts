export interface Slots {
  /** Acquires a slot. @returns a function that releases it, safe to call twice; undefined if all are held */
  acquire(key: string): (() => void) | undefined
}

/** Counts slots per key in this process. @param limit slots for each key; undefined: any number */
export function slots(limit: number | undefined): Slots {
  const heldCounts = new Map<string, number>()
  return {
    acquire(key) {
      const held = heldCounts.get(key) ?? 0
      if (limit !== undefined && held >= limit) return undefined
      heldCounts.set(key, held + 1)
      let isHeld = true
      return () => {
        if (!isHeld) return
        isHeld = false
        const left = (heldCounts.get(key) ?? 1) - 1
        if (left === 0) heldCounts.delete(key)
        else heldCounts.set(key, left)
      }
    },
  }
}
