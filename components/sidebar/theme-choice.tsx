import { Check, type LucideIcon, Monitor, Moon, Sun, SunMoon } from "lucide-react"
import { type ToggleEvent, useEffect, useRef, useState } from "react"
import { useEarlyInput } from "#hooks/browser/use-early-input.ts"
import { IconButton } from "../controls/icon-button.tsx"
import { useAnchor } from "../controls/use-anchor.ts"
import { texts } from "../texts.ts"
import { chooseTheme, chosenTheme, showTheme, type Theme, themeFrom, themes } from "./theme.ts"

/** A button that opens the list of themes. Selecting one applies and stores it at once. */
export function ThemeChoice() {
  const { id, anchor, place } = useAnchor()
  const list = useRef<HTMLFieldSetElement>(null)
  const [theme, setTheme] = useState<Theme>("system")

  const checked = () => list.current?.querySelector<HTMLInputElement>("input:checked")
  useEarlyInput(
    theme,
    () => checked()?.value,
    (entered) => choose(themeFrom(entered)),
  )

  useEffect(() => {
    // The list may have been opened before the page was hydrated.
    setTheme(chosenTheme())
    // Another tab may have changed the theme while this one was hidden.
    const catchUp = () => document.visibilityState === "visible" && showTheme(chosenTheme())
    document.addEventListener("visibilitychange", catchUp)
    return () => document.removeEventListener("visibilitychange", catchUp)
  }, [])

  function choose(chosen: Theme): void {
    setTheme(chosen)
    chooseTheme(chosen)
  }

  function readChosen(event: ToggleEvent): void {
    if (event.newState === "open") setTheme(chosenTheme())
  }

  function focusChosen(event: ToggleEvent): void {
    if (event.newState === "open") checked()?.focus()
  }

  return (
    <>
      <IconButton
        icon={SunMoon}
        label={texts.theme}
        side="below"
        align="end"
        popoverTarget={id}
        style={anchor}
        data-testid="theme"
        className="has-[+:popover-open]:bg-soft has-[+:popover-open]:after:hidden"
      />
      <fieldset
        ref={list}
        id={id}
        popover="auto"
        onBeforeToggle={readChosen}
        onToggle={focusChosen}
        className="menu w-40"
        style={place}
      >
        <legend className="sr-only">{texts.theme}</legend>
        {themes.map((each) => (
          <ThemeRow key={each} theme={each} isChosen={each === theme} onChoose={() => choose(each)} />
        ))}
      </fieldset>
    </>
  )
}

const icons: Record<Theme, LucideIcon> = { system: Monitor, light: Sun, dark: Moon }

function ThemeRow({ theme, isChosen, onChoose }: { theme: Theme; isChosen: boolean; onChoose(): void }) {
  const Icon = icons[theme]
  return (
    <label className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-lg px-2.5 text-[0.875rem] transition-colors duration-150 hover:bg-soft has-focus-visible:bg-soft has-focus-visible:outline-2 has-focus-visible:outline-accent pointer-coarse:min-h-11">
      <input type="radio" name="theme" value={theme} checked={isChosen} onChange={onChoose} className="sr-only" />
      <Icon aria-hidden size={15} strokeWidth={1.75} />
      <span className="flex-1">{texts.themes[theme]}</span>
      {isChosen && <Check aria-hidden size={15} strokeWidth={2} />}
    </label>
  )
}
