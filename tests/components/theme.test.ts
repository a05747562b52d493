// @vitest-environment jsdom
import { beforeEach, expect, test } from "vitest"
import { chooseTheme, chosenTheme, themeColors, themeFrom } from "#components/sidebar/theme.ts"

beforeEach(() => {
  chooseTheme("system")
  document.head.innerHTML = themeColors("system")
    .map(({ media, color }) => `<meta name="theme-color" media="${media}" content="${color}">`)
    .join("")
})

test("a chosen theme is applied at once, even to the browser's own colours, and kept", () => {
  chooseTheme("dark")
  expect(document.documentElement.dataset["theme"]).toBe("dark")
  expect(paintedAround()).toEqual(["#141616", "#141616"])
  expect(chosenTheme()).toBe("dark")
})

test("returning to the device's theme stores nothing", () => {
  chooseTheme("light")
  chooseTheme("system")
  expect(document.cookie).toBe("")
  expect(chosenTheme()).toBe("system")
  expect(paintedAround()).toEqual(["#fdfefe", "#141616"])
})

test("the server renders the same colours as the browser", () => {
  chooseTheme("light")
  expect(paintedAround()).toEqual(themeColors("light").map(({ color }) => color))
})

test.each([undefined, "", "DARK", '"><script>'])("a cookie that says %j is no choice", (cookie) => {
  expect(themeFrom(cookie)).toBe("system")
})

function paintedAround(): string[] {
  return [...document.querySelectorAll("meta")].map(({ content }) => content)
}
