import { useEffect, useEffectEvent, useState } from "react"

/**
 * Accepts files dropped anywhere on the page: otherwise the browser would open a file that misses the field.
 * @returns true while files are dragged over the page
 */
export function useFileDrop(onFiles: (files: Iterable<File>) => void): boolean {
  const [isOver, setOver] = useState(false)

  const hear = useEffectEvent((event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return
    event.preventDefault()
    // Only the event for leaving the page itself has no target that the pointer enters.
    const hasLeft = event.type === "dragleave" && event.relatedTarget === null
    setOver(event.type === "dragover" || (event.type === "dragleave" && !hasLeft))
    if (event.type === "drop") onFiles(event.dataTransfer.files)
  })
  useEffect(() => {
    const listener = (event: DragEvent) => hear(event)
    for (const type of ["dragover", "dragleave", "drop"] as const) window.addEventListener(type, listener)
    return () => {
      for (const type of ["dragover", "dragleave", "drop"] as const) window.removeEventListener(type, listener)
    }
  }, [])

  return isOver
}
