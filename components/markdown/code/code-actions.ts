import { type ComponentType, createContext } from "react"

interface CodeActionsProps {
  code: string
  language: string
}

/** Further buttons in the head of each code block, from whatever surrounds it. Without a provider there are none. */
export const CodeActions = createContext<ComponentType<CodeActionsProps> | undefined>(undefined)
