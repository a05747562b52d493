/**
 * All shortcuts; their names are in `components/texts.ts`.
 *
 * Each has a modifier or is not a character, so that none interferes with typing, speech input or a screen reader's
 * single keys. Letters use Alt, and on a Mac ⌥⌘ (⌥ alone types characters), where browsers have hardly any shortcuts.
 * The exception is ⌘K or Ctrl+K for search, which people know from other sites.
 */
export const shortcuts = {
  newChat: { key: "N", other: ["Alt"], mac: ["Alt", "Meta"] },
  search: { key: "K", other: ["Control"], mac: ["Meta"] },
  stop: { key: "Escape", other: [], mac: [] },
  copyAnswer: { key: "Y", other: ["Alt"], mac: ["Alt", "Meta"] },
  rename: { key: "F2", other: [], mac: [] },
  foldSidebar: { key: "O", other: ["Alt"], mac: ["Alt", "Meta"] },
  list: { key: "/", other: ["Control"], mac: ["Meta"] },
} as const satisfies Record<string, Shortcut>

export type ShortcutName = keyof typeof shortcuts

interface Shortcut {
  /** a capital letter, a symbol, or the name of a key */
  key: string
  mac: readonly Modifier[]
  other: readonly Modifier[]
}

type Modifier = "Control" | "Alt" | "Meta"

/** The fields of a key press that matter here. */
type Press = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "altKey" | "metaKey" | "shiftKey">

/** @returns undefined if the key press is not a shortcut */
export function shortcutOf(press: Press, isMac: boolean): ShortcutName | undefined {
  const names = Object.keys(shortcuts) as ShortcutName[] // its own keys, all of them
  return names.find((name) => isPressed(shortcuts[name], press, isMac))
}

function isPressed({ key, mac, other }: Shortcut, press: Press, isMac: boolean): boolean {
  const wanted = new Set<string>(isMac ? mac : other)
  const areHeld =
    press.ctrlKey === wanted.has("Control") &&
    press.altKey === wanted.has("Alt") &&
    press.metaKey === wanted.has("Meta")
  // On some keyboards the slash needs Shift.
  return areHeld && keyOf(press) === key && (!press.shiftKey || key === "/")
}

/** @returns the Latin letter of the key, or if the layout or ⌥ gives another character, the letter of a US keyboard */
function keyOf({ key, code }: Press): string {
  if (/^[a-z]$/i.test(key)) return key.toUpperCase()
  return /^Key([A-Z])$/.exec(code)?.[1] ?? key
}

/** Names the keys for people: "Alt+N", or "⌥⌘N". */
export function keysOf(name: ShortcutName, isMac: boolean): string {
  const { key, mac, other } = shortcuts[name]
  const shownKey = key === "Escape" ? "Esc" : key
  return isMac ? [...mac.map((held) => signs[held]), shownKey].join("") : [...other.map(shortName), shownKey].join("+")
}

/** Names the keys in the format of `aria-keyshortcuts`. */
export function ariaKeysOf(name: ShortcutName, isMac: boolean): string {
  const { key, mac, other } = shortcuts[name]
  return [...(isMac ? mac : other), key].join("+")
}

const signs: Record<Modifier, string> = { Control: "⌃", Alt: "⌥", Meta: "⌘" }
const shortName = (held: Modifier) => (held === "Control" ? "Ctrl" : held)
