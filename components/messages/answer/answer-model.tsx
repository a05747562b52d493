import { createContext, useContext } from "react"
import type { PublicModel } from "#lib/chat-protocol.ts"
import { texts } from "../../texts.ts"

/** What models are called here. */
export const Models = createContext<PublicModel[]>([])

/** Which model wrote an answer; one that is not on offer any more by its id. */
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
