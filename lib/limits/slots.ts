export interface Places {
  /** @returns what gives the place back, safe to call twice; undefined where all are taken */
  take(key: string): (() => void) | undefined
}

/** @param most places for each key, at this process; undefined: any number */
export function places(most: number | undefined): Places {
  const taken = new Map<string, number>()
  return {
    take(key) {
      const before = taken.get(key) ?? 0
      if (most !== undefined && before >= most) return undefined
      taken.set(key, before + 1)
      let isTaken = true
      return () => {
        if (!isTaken) return
        isTaken = false
        const left = (taken.get(key) ?? 1) - 1
        if (left === 0) taken.delete(key)
        else taken.set(key, left)
      }
    },
  }
}
