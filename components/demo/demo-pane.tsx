import { Plus, RotateCw, Wifi, WifiOff, X } from "lucide-react"
import type { ReactNode, Ref } from "react"
import type { ShownChat } from "#hooks/chat/use-shown-chat.ts"
import { type Connection, liveState } from "../connection.tsx"
import { LiveDot } from "../controls/live-dot.tsx"
import { texts } from "../texts.ts"
import { demoTexts } from "./demo-texts.ts"

interface DemoPaneProps {
  number: number
  address: string
  shown: ShownChat
  isDropped: boolean
  frame: Ref<HTMLIFrameElement>
  onLoad(): void
  onReload(): void
  onDrop(): void
  onRestore(): void
  onClose?: (() => void) | undefined
}

/** One view of the chat, as on a separate device, with the buttons that break it. */
export function DemoPane(props: DemoPaneProps) {
  const { number, address, shown, isDropped, frame, onLoad, onReload, onDrop, onRestore, onClose } = props
  const connection = shown.connection as Connection // read from our own page in the frame
  return (
    <section aria-label={demoTexts.view(number)} data-testid={`view-${number}`} className={pane}>
      <header className="flex min-h-11 shrink-0 flex-wrap items-center gap-x-3 border-line border-b py-1 pe-1 ps-4 text-note">
        <h2 className="font-medium">{demoTexts.view(number)}</h2>
        <p className="flex items-center gap-2 text-quiet" data-state={connection}>
          <LiveDot state={liveState(connection)} />
          {shown.words > 0 ? demoTexts.words(shown.words) : texts.connection[connection]}
        </p>
        <div className="ms-auto flex">
          <Action icon={<RotateCw aria-hidden size={14} />} isDisabled={isDropped} onClick={onReload}>
            {demoTexts.reload}
          </Action>
          {isDropped ? (
            <Action icon={<Wifi aria-hidden size={14} />} onClick={onRestore}>
              {demoTexts.restore}
            </Action>
          ) : (
            <Action icon={<WifiOff aria-hidden size={14} />} onClick={onDrop}>
              {demoTexts.drop}
            </Action>
          )}
          {onClose && (
            <button type="button" onClick={onClose} aria-label={demoTexts.close} className={`${action} px-2!`}>
              <X aria-hidden size={15} />
            </button>
          )}
        </div>
      </header>
      <iframe
        ref={frame}
        src={address}
        title={demoTexts.view(number)}
        onLoad={onLoad}
        className="min-h-0 w-full flex-1"
      />
    </section>
  )
}

/** Placeholder for the second view. */
export function EmptyPane({ onOpen }: { onOpen(): void }) {
  return (
    <section
      aria-label={demoTexts.view(2)}
      data-testid="view-2-closed"
      className={`${pane} items-center justify-center gap-3 border-dashed p-6 text-center max-md:h-auto!`}
    >
      <button
        type="button"
        onClick={onOpen}
        data-testid="open-here-too"
        className="flex min-h-11 items-center gap-2 rounded-xl bg-accent px-5 font-medium text-accent-text transition-opacity duration-150 hover:opacity-90"
      >
        <Plus aria-hidden size={16} strokeWidth={2.25} />
        {demoTexts.open}
      </button>
      <p className="max-w-[28ch] text-note text-quiet">{demoTexts.notOpen}</p>
    </section>
  )
}

export const pane =
  "flex min-w-0 flex-col overflow-hidden rounded-2xl border border-line max-md:h-[30rem] max-md:shrink-0"

export const action =
  "flex min-h-9 items-center gap-1.5 rounded-lg px-2.5 font-medium text-accent transition-colors duration-150 hover:bg-soft disabled:text-quiet disabled:opacity-60 pointer-coarse:min-h-11"

interface ActionProps {
  icon: ReactNode
  children: string
  isDisabled?: boolean
  onClick(): void
}

function Action({ icon, children, isDisabled = false, onClick }: ActionProps) {
  return (
    <button type="button" onClick={onClick} disabled={isDisabled} className={action}>
      {icon}
      {children}
    </button>
  )
}
