import { parsedJson } from "#lib/parsed-json.ts"

/**
 * The browser's storage, which never throws: it may be full, or switched off by the user. What is read from it is
 * checked, because an older version of this page, an extension or a person may have written it.
 */
export interface BrowserStorage {
  read(key: string): string | null
  /** @returns false if the text was not stored; then whatever was stored before is still there */
  write(key: string, text: string): boolean
  remove(key: string): void
  /** @returns the keys that begin with this prefix */
  keys(prefix: string): string[]
}

/** Shared by all tabs, and kept when they close. */
export const localItems = browserStorage("localStorage")
/** Of this tab alone, for as long as it is open. */
export const tabItems = browserStorage("sessionStorage")

/** @returns the stored value; undefined if nothing is stored, or something that is not of this shape */
export function storedValue<Value>(
  text: string | null,
  hasShape: (fields: Record<string, unknown>) => boolean,
): Value | undefined {
  const value = text === null ? undefined : parsedJson(text)
  if (typeof value !== "object" || value === null) return undefined
  return hasShape(value as Record<string, unknown>) ? (value as Value) : undefined // its fields have just been checked
}

function browserStorage(area: "localStorage" | "sessionStorage"): BrowserStorage {
  function attempt<Result>(use: (storage: Storage) => Result, otherwise: Result): Result {
    try {
      return use(window[area])
    } catch {
      return otherwise
    }
  }

  return {
    read: (key) => attempt((storage) => storage.getItem(key), null),
    write: (key, text) =>
      attempt((storage) => {
        storage.setItem(key, text)
        return true
      }, false),
    remove: (key) => attempt((storage) => storage.removeItem(key), undefined),
    keys: (prefix) => attempt((storage) => Object.keys(storage).filter((key) => key.startsWith(prefix)), []),
  }
}
