import { Check, type LucideIcon, Monitor, Moon, Sun, SunMoon } from "lucide-react"
import { type ToggleEvent, useEffect, useId, useRef, useState } from "react"
import { IconButton } from "../controls/icon-button.tsx"
import { placePopover } from "../controls/place-popover.ts"
import { texts } from "../texts.ts"
import { chooseTheme, chosenTheme, showTheme, type Theme, themes } from "./theme.ts"

/** One quiet button that opens the three themes. They are shown as one goes through them, and kept. */
export function ThemeChoice() {
  const id = useId()
  const opener = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLFieldSetElement>(null)
  const [theme, setTheme] = useState<Theme>("system")

  useEffect(() => {
    // Another tab may have chosen since this one was looked at.
    const catchUp = () => document.visibilityState === "visible" && showTheme(chosenTheme())
    document.addEventListener("visibilitychange", catchUp)
    return () => document.removeEventListener("visibilitychange", catchUp)
  }, [])

  function choose(chosen: Theme): void {
    setTheme(chosen)
    chooseTheme(chosen)
  }

  function begin(event: ToggleEvent<HTMLFieldSetElement>): void {
    if (event.newState === "open") setTheme(chosenTheme())
    placePopover(event, opener.current, size)
  }

  function focusChosen(event: ToggleEvent): void {
    if (event.newState === "open") list.current?.querySelector<HTMLElement>("input:checked")?.focus()
  }

  return (
    <>
      <IconButton
        ref={opener}
        icon={SunMoon}
        label={texts.theme}
        side="below"
        align="end"
        popoverTarget={id}
        data-testid="theme"
        className="has-[+:popover-open]:bg-soft has-[+:popover-open]:after:hidden"
      />
      <fieldset
        ref={list}
        id={id}
        popover="auto"
        onBeforeToggle={begin}
        onToggle={focusChosen}
        className="fixed m-0 w-40 rounded-xl border border-line bg-page p-1 text-text shadow-md"
      >
        <legend className="sr-only">{texts.theme}</legend>
        {themes.map((each) => (
          <ThemeRow key={each} theme={each} isChosen={each === theme} onChoose={() => choose(each)} />
        ))}
      </fieldset>
    </>
  )
}

/** as `w-40`, and for a finger */
const size = { widthPx: 160, heightPx: 150 }

const icons: Record<Theme, LucideIcon> = { system: Monitor, light: Sun, dark: Moon }

function ThemeRow({ theme, isChosen, onChoose }: { theme: Theme; isChosen: boolean; onChoose(): void }) {
  const Icon = icons[theme]
  return (
    <label className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-lg px-2.5 text-[0.875rem] transition-colors duration-150 hover:bg-soft has-focus-visible:bg-soft has-focus-visible:outline-2 has-focus-visible:outline-accent pointer-coarse:min-h-11">
      <input type="radio" name="theme" checked={isChosen} onChange={onChoose} className="sr-only" />
      <Icon aria-hidden size={15} strokeWidth={1.75} />
      <span className="flex-1">{texts.themes[theme]}</span>
      {isChosen && <Check aria-hidden size={15} strokeWidth={2} />}
    </label>
  )
}
