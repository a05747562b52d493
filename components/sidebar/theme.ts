/** The themes: the device's own, or one that the user has chosen. */
export const themes = ["system", "light", "dark"] as const
export type Theme = (typeof themes)[number]

/** A cookie, so that the server can render the chosen theme and no script has to change it afterwards. */
export const themeCookie = "theme"

/** @returns "system" for any unknown value */
export function themeFrom(cookie: string | undefined): Theme {
  return themes.find((theme) => theme === cookie) ?? "system"
}

/** The colours of the browser's own frame: the same as `--page` in `app/styles/tokens.css`. */
const pageColors = { light: "#fdfefe", dark: "#141616" } as const
type DeviceTheme = keyof typeof pageColors

/** Always two tags, so that a change of theme only has to update them. */
export function themeColors(theme: Theme): { media: string; color: string }[] {
  return (["light", "dark"] as const).map((device) => ({
    media: mediaOf(device),
    color: colorFor(theme, device),
  }))
}

/** Stores the choice and applies it at once. */
export function chooseTheme(theme: Theme): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in browsers we support
  document.cookie = `${themeCookie}=${theme}; path=/; max-age=${theme === "system" ? 0 : oneYearSeconds}; samesite=lax`
  showTheme(theme)
}

/** @returns the latest choice in any tab of this browser */
export function chosenTheme(): Theme {
  const [, cookie] = new RegExp(`(?:^|; )${themeCookie}=([^;]*)`).exec(document.cookie) ?? []
  return themeFrom(cookie)
}

export function showTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme
  for (const device of ["light", "dark"] as const) {
    const tag = document.querySelector<HTMLMetaElement>(`meta[name="theme-color"][media="${mediaOf(device)}"]`)
    if (tag) tag.content = colorFor(theme, device)
  }
}

function mediaOf(device: DeviceTheme): string {
  return `(prefers-color-scheme: ${device})`
}

function colorFor(theme: Theme, device: DeviceTheme): string {
  return pageColors[theme === "system" ? device : theme]
}

const oneYearSeconds = 365 * 24 * 60 * 60
