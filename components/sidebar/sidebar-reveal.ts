import { createContext } from "react"

/** Brings the sidebar to where it can be seen, at once: what is in it can have the focus then. */
export const RevealSidebar = createContext<() => void>(() => undefined)
