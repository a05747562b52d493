import { describe, expect, test } from "vitest"
import { ariaKeysOf, keysOf, type ShortcutName, shortcutOf, shortcuts } from "#hooks/browser/shortcuts.ts"

const names = Object.keys(shortcuts) as ShortcutName[]

describe.each([
  ["on a Mac", true],
  ["elsewhere", false],
])("%s", (_, isMac) => {
  test("no two shortcuts have the same keys", () => {
    expect(new Set(names.map((name) => keysOf(name, isMac))).size).toBe(names.length)
  })

  test("text being typed and a screen reader's single keys trigger no shortcut", () => {
    for (const key of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789?/.,ñøß")
      expect(shortcutOf(press({ key, code: codeOf(key) }), isMac)).toBeUndefined()
    for (const key of ["Tab", "Enter", " ", "ArrowDown", "Home", "F1", "F5", "F6", "F12", "Backspace"])
      expect(shortcutOf(press({ key }), isMac)).toBeUndefined()
  })

  test("the browser's own key combinations are left to it", () => {
    const command = isMac ? { metaKey: true } : { ctrlKey: true }
    for (const key of "abcdefhijlnopqrstuvwxz0123456789+-=")
      for (const shiftKey of [false, true])
        expect(shortcutOf(press({ key, code: codeOf(key), ...command, shiftKey }), isMac)).toBeUndefined()
  })
})

test("letters are matched by the key's label, and in other alphabets or with ⌥ by its position", () => {
  const alt = { altKey: true }
  expect(shortcutOf(press({ key: "n", code: "KeyN", ...alt }), false)).toBe("newChat")
  expect(shortcutOf(press({ key: "n", code: "KeyL", ...alt }), false)).toBe("newChat") // Dvorak
  expect(shortcutOf(press({ key: "b", code: "KeyN", ...alt }), false)).toBeUndefined()
  expect(shortcutOf(press({ key: "т", code: "KeyN", ...alt }), false)).toBe("newChat")
  expect(shortcutOf(press({ key: "Dead", code: "KeyN", metaKey: true, ...alt }), true)).toBe("newChat")
  expect(shortcutOf(press({ key: "Dead", code: "KeyN", ...alt }), true)).toBeUndefined()
  expect(shortcutOf(press({ key: "/", code: "Digit7", ctrlKey: true, shiftKey: true }), false)).toBe("list")
})

test("AltGr, which browsers report as Ctrl and Alt, types a character", () => {
  for (const key of ["n", "y", "o", "k"])
    expect(shortcutOf(press({ key, code: codeOf(key), ctrlKey: true, altKey: true }), false)).toBeUndefined()
})

test("keys are named as on the keyboard, and as assistive technology expects", () => {
  expect([keysOf("newChat", true), keysOf("newChat", false)]).toEqual(["⌥⌘N", "Alt+N"])
  expect([keysOf("stop", true), keysOf("list", false)]).toEqual(["Esc", "Ctrl+/"])
  expect([ariaKeysOf("search", true), ariaKeysOf("search", false), ariaKeysOf("stop", false)]).toEqual([
    "Meta+K",
    "Control+K",
    "Escape",
  ])
})

function press(
  of: { key: string; code?: string } & Partial<Record<"ctrlKey" | "altKey" | "metaKey" | "shiftKey", boolean>>,
) {
  return { code: "", ctrlKey: false, altKey: false, metaKey: false, shiftKey: false, ...of }
}

function codeOf(key: string): string {
  return /[a-z]/i.test(key) ? `Key${key.toUpperCase()}` : ""
}
