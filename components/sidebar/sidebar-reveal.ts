import { createContext } from "react"

/** Makes the sidebar visible at once, so that an element in it can be focused. */
export const RevealSidebar = createContext<() => void>(() => undefined)
