/**
 * Makes something once for all readers that an object reaches in one turn of the event loop. An event reaches all its
 * readers within one turn, so nothing has to be kept any longer.
 */
export function onceATurn<Key extends object, Made>(make: (key: Key) => Made): (key: Key) => Made {
  const made = new Map<Key, Made>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const fresh = make(key)
    if (made.size === 0) setImmediate(() => made.clear())
    made.set(key, fresh)
    return fresh
  }
}
