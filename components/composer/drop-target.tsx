import { Paperclip } from "lucide-react"
import { texts } from "../texts.ts"

/** Tells the user that they can drop files. The page itself handles the drop. */
export function DropTarget() {
  return (
    <div
      data-testid="drop-target"
      className="drop-target pointer-events-none fixed inset-0 z-40 grid place-items-center bg-page/95 p-3"
    >
      <p className="flex size-full items-center justify-center gap-2.5 rounded-3xl border-2 border-accent border-dashed font-medium text-accent">
        <Paperclip aria-hidden size={20} strokeWidth={1.75} />
        {texts.dropHere}
      </p>
    </div>
  )
}
