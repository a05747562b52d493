/**
 * Every shortcut there is; what each is called is in `components/texts.ts`.
 *
 * All have a modifier or are no character, so that none is in the way of typing, of speech input or of a screen reader's
 * single keys. Letters go with Alt, and on a Mac with ⌥⌘ (⌥ alone types characters): browsers have hardly anything there.
 * The one exception is the ⌘K and Ctrl+K that people know from elsewhere.
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
  /** a capital letter, a sign, or the name of a key */
  key: string
  mac: readonly Modifier[]
  other: readonly Modifier[]
}

type Modifier = "Control" | "Alt" | "Meta"

/** What a key press says of itself. */
type Press = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "altKey" | "metaKey" | "shiftKey">

/** @returns undefined where the press is no shortcut */
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
  // Some keyboards have the slash above a number.
  return areHeld && keyOf(press) === key && (!press.shiftKey || key === "/")
}

/** The letter on the key; where another alphabet or ⌥ stands in for it, the one that is there on most keyboards. */
function keyOf({ key, code }: Press): string {
  if (/^[a-z]$/i.test(key)) return key.toUpperCase()
  return /^Key([A-Z])$/.exec(code)?.[1] ?? key
}

/** For people: "Alt+N", or "⌥⌘N". */
export function keysOf(name: ShortcutName, isMac: boolean): string {
  const { key, mac, other } = shortcuts[name]
  const shownKey = key === "Escape" ? "Esc" : key
  return isMac ? [...mac.map((held) => signs[held]), shownKey].join("") : [...other.map(shortName), shownKey].join("+")
}

/** As `aria-keyshortcuts` wants it. */
export function ariaKeysOf(name: ShortcutName, isMac: boolean): string {
  const { key, mac, other } = shortcuts[name]
  return [...(isMac ? mac : other), key].join("+")
}

const signs: Record<Modifier, string> = { Control: "⌃", Alt: "⌥", Meta: "⌘" }
const shortName = (held: Modifier) => (held === "Control" ? "Ctrl" : held)
