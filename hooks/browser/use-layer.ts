import { type RefObject, useEffect, useEffectEvent } from "react"
import { addLayer, listenForLayers } from "./layers.ts"

interface LayerOptions {
  isOpen?: boolean
  /** its element, if it can be hidden while it is open */
  element?: RefObject<Element | null>
  /** undefined: the browser closes it on Esc */
  onClose?: (() => void) | undefined
}

/** Registers a layer above the page while it is open, so that Esc closes it before those opened earlier. */
export function useLayer({ isOpen = true, element, onClose }: LayerOptions): void {
  const isClosedHere = onClose !== undefined
  const close = useEffectEvent(() => onClose?.())
  useEffect(() => {
    if (!isOpen) return
    const end = listenForLayers()
    const removeLayer = addLayer({
      element: element && (() => element.current),
      close: isClosedHere ? () => close() : undefined,
    })
    return () => {
      removeLayer()
      end()
    }
  }, [isOpen, element, isClosedHere])
}
