import { useEffect, useEffectEvent, useState } from "react"

/**
 * Files that are dropped, anywhere on the page: what missed a field would otherwise take the page's place.
 * @returns true while files are over the page
 */
export function useFileDrop(onFiles: (files: Iterable<File>) => void): boolean {
  const [isOver, setOver] = useState(false)

  const hear = useEffectEvent((event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return
    event.preventDefault()
    // Of the many that come while one moves over the page, only this one has nothing to go to.
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
