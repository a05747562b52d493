// @vitest-environment jsdom
import { beforeEach, expect, test } from "vitest"
import { chooseTheme, chosenTheme, themeColors, themeFrom } from "#components/sidebar/theme.ts"

beforeEach(() => {
  chooseTheme("system")
  document.head.innerHTML = themeColors("system")
    .map(({ media, color }) => `<meta name="theme-color" media="${media}" content="${color}">`)
    .join("")
})

test("a choice is shown at once, in what the browser paints around the page too, and kept", () => {
  chooseTheme("dark")
  expect(document.documentElement.dataset["theme"]).toBe("dark")
  expect(paintedAround()).toEqual(["#141616", "#141616"])
  expect(chosenTheme()).toBe("dark")
})

test("back to the device's own theme, nothing is kept", () => {
  chooseTheme("light")
  chooseTheme("system")
  expect(document.cookie).toBe("")
  expect(chosenTheme()).toBe("system")
  expect(paintedAround()).toEqual(["#fdfefe", "#141616"])
})

test("the server writes the colours as the browser would", () => {
  chooseTheme("light")
  expect(paintedAround()).toEqual(themeColors("light").map(({ color }) => color))
})

test.each([undefined, "", "DARK", '"><script>'])("a cookie that says %j is no choice", (cookie) => {
  expect(themeFrom(cookie)).toBe("system")
})

function paintedAround(): string[] {
  return [...document.querySelectorAll("meta")].map(({ content }) => content)
}
