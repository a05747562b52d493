import { createContext, useContext } from "react"
import type { PublicModel } from "#lib/chat-protocol.ts"
import { texts } from "../../texts.ts"

/** The offered models with their names. */
export const Models = createContext<PublicModel[]>([])

/** Names the model that wrote an answer: by its id if it is no longer offered. */
export function AnswerModel({ id }: { id: string | undefined }) {
  const models = useContext(Models)
  if (id === undefined) return null
  const name = models.find((model) => model.id === id)?.name ?? id
  return (
    <span
      data-testid="answer-model"
      title={texts.writtenBy(name)}
      className="max-w-48 truncate ps-2 text-note text-quiet"
    >
      {name}
    </span>
  )
}
