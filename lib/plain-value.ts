import { shortened, wellFormedText } from "./text.ts"

/** Far deeper than any readable value; Postgres, JSON writers and browsers fail at a few thousand levels. */
const maxDepth = 64
const maxNameChars = 256
/** Limits the characters of one value, including its names: as many as the longest answer has. */
const defaultMaxChars = 1_000_000
const leftOut = "[…]"

interface PlainOptions {
  /** maximum of characters in total (default 1,000,000) */
  maxChars?: number
  /** called with each place that was changed, such as `.usage.outputTokens` or `[3].text` */
  onChange?: (place: string) => void
}

/**
 * Converts any value into one that JSON, every database and every browser store and return unchanged: strings without
 * NUL and halves of surrogate pairs, finite numbers, bounded depth and size. Invalid numbers become null; big integers
 * and dates become text; circular, too deep or too large values become "[…]"; functions, undefined, and names that JSON
 * readers refuse as dangerous (`__proto__`, a constructor's prototype) are left out.
 */
export function plainValue(value: unknown, { maxChars = defaultMaxChars, onChange }: PlainOptions = {}): unknown {
  const ancestors = new Set<object>()
  let leftChars = maxChars

  function changed(place: string, instead: unknown): unknown {
    onChange?.(place)
    return instead
  }

  function text(said: string, place: string): string {
    const whole = wellFormedText(said)
    const fitting = shortened(whole, leftChars)
    leftChars -= Math.min(leftChars, whole.length + 2)
    if (fitting !== said) onChange?.(place)
    return fitting
  }

  function plain(item: unknown, place: string): unknown {
    switch (typeof item) {
      case "string":
        return text(item, place)
      case "number":
        leftChars -= 1
        return Number.isFinite(item) ? item : changed(place, null)
      case "boolean":
        return item
      case "bigint":
        return changed(place, text(String(item), place))
      case "object":
        return item === null ? null : plainObject(item, place)
      default:
        return changed(place, undefined)
    }
  }

  function plainObject(item: object, place: string): unknown {
    if (ancestors.has(item) || ancestors.size >= maxDepth || leftChars <= 0) return changed(place, leftOut)
    ancestors.add(item)
    try {
      if (Array.isArray(item)) return plainList(item, place)
      const json = jsonOf(item)
      return json === item ? plainRecord(item, place) : changed(place, plain(json, place))
    } catch {
      // A getter or a `toJSON` has thrown.
      return changed(place, leftOut)
    } finally {
      ancestors.delete(item)
    }
  }

  function plainList(items: unknown[], place: string): unknown[] {
    const list: unknown[] = []
    for (const [index, item] of items.entries()) {
      if (leftChars <= 0) {
        onChange?.(`${place}[${index}…]`)
        break
      }
      leftChars -= 1
      list.push(plain(item, `${place}[${index}]`) ?? null)
    }
    return list
  }

  function plainRecord(item: object, place: string): Record<string, unknown> {
    const entries: [string, unknown][] = []
    for (const [name, field] of Object.entries(item)) {
      // JSON also leaves it out silently.
      if (field === undefined) continue
      if (leftChars <= 0 || isDangerous(name, field)) {
        onChange?.(`${place}.${name.slice(0, maxNameChars)}`)
        continue
      }
      const known = text(name.slice(0, maxNameChars), place)
      const kept = plain(field, `${place}.${known}`)
      if (kept !== undefined) entries.push([known, kept])
    }
    return Object.fromEntries(entries)
  }

  return plain(value, "")
}

/** Converts sets and maps, which JSON would write as empty objects. */
function jsonOf(item: object): unknown {
  if (item instanceof Map) return Object.fromEntries([...item].map(([name, field]) => [String(name), field]))
  if (item instanceof Set) return [...item]
  if (item instanceof Error) return { name: item.name, message: item.message }
  if (ArrayBuffer.isView(item) || item instanceof ArrayBuffer) return `(${item.byteLength} bytes)`
  return "toJSON" in item && typeof item.toJSON === "function" ? item.toJSON() : item
}

/** Finds names for which the AI SDK's readers refuse a whole event. */
function isDangerous(name: string, field: unknown): boolean {
  if (name === "__proto__") return true
  return name === "constructor" && typeof field === "object" && field !== null && Object.hasOwn(field, "prototype")
}
