import { ChevronDown } from "lucide-react"
import { useRef } from "react"
import { useEarlyInput } from "#hooks/browser/use-early-input.ts"
import type { PublicModel } from "#lib/chat-protocol.ts"
import { texts } from "../texts.ts"

interface ModelPickerProps {
  models: PublicModel[]
  modelId: string
  /** the model that should answer is no longer offered */
  isOtherGone?: boolean
  onChoose(modelId: string): void
}

/**
 * Chooses the model that answers, or names it if there is only one. Uses the browser's own list, which works before
 * the scripts run, with every screen reader, and as phone users know it.
 */
export function ModelPicker({ models, modelId, isOtherGone = false, onChoose }: ModelPickerProps) {
  const goneNote = isOtherGone && (
    <span role="status" data-testid="model-gone" title={texts.modelGone} className="min-w-0 self-center truncate">
      {texts.modelGone}
    </span>
  )
  if (models.length < 2)
    return (
      <>
        <span className="me-2 shrink-0">{models[0]?.name}</span>
        {goneNote}
      </>
    )
  return (
    <>
      <Choice models={models} modelId={modelId} onChoose={onChoose} />
      {goneNote}
    </>
  )
}

function Choice({ models, modelId, onChoose }: Omit<ModelPickerProps, "isOtherGone">) {
  const list = useRef<HTMLSelectElement>(null)
  useEarlyInput(modelId, () => list.current?.value, onChoose)
  return (
    <span className="relative inline-flex min-w-0 items-center rounded-lg transition-colors duration-150 hover:bg-soft hover:text-text">
      <select
        ref={list}
        value={modelId}
        onChange={(event) => onChoose(event.target.value)}
        aria-label={texts.model}
        autoComplete="off"
        data-testid="model-picker"
        className="picker field-sizing-content max-w-full cursor-pointer truncate rounded-lg bg-transparent py-0.5 pe-6 ps-2 pointer-coarse:min-h-11 pointer-coarse:text-body"
      >
        {models.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden size={13} className="pointer-events-none absolute end-1.5" />
    </span>
  )
}
