import { type RefObject, useEffect, useEffectEvent } from "react"
import { addLayer, listenForLayers } from "./layers.ts"

interface LayerOptions {
  isOpen?: boolean
  /** what of it is to be seen; undefined: it is seen for as long as it is open */
  element?: RefObject<Element | null>
  /** undefined: the browser closes it at Esc by itself */
  onClose?: (() => void) | undefined
}

/** Something that is open above the page from now on, or from when it is: Esc closes it before what was open before. */
export function useLayer({ isOpen = true, element, onClose }: LayerOptions): void {
  const isClosedHere = onClose !== undefined
  const close = useEffectEvent(() => onClose?.())
  useEffect(() => {
    if (!isOpen) return
    const end = listenForLayers()
    const takeAway = addLayer({
      element: element && (() => element.current),
      close: isClosedHere ? () => close() : undefined,
    })
    return () => {
      takeAway()
      end()
    }
  }, [isOpen, element, isClosedHere])
}
