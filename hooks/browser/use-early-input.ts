import { useEffectEvent, useLayoutEffect } from "react"

/**
 * Reports what the user entered into a field before the page was hydrated: React leaves it there, but fires no event.
 * @param rendered the field's value as rendered
 * @param shown returns its value on the page
 */
export function useEarlyInput(
  rendered: string,
  shown: () => string | undefined,
  onInput: (entered: string) => void,
): void {
  const report = useEffectEvent(() => {
    const entered = shown()
    if (entered !== undefined && entered !== rendered) onInput(entered)
  })
  useLayoutEffect(() => report(), [])
}
