import { useEffect, useRef } from "react"
import { useChatShare } from "#hooks/chat/use-chat-share.ts"
import type { ChatShare } from "#lib/share-protocol.ts"
import { CopyButton } from "../controls/copy-button.tsx"
import { Dialog } from "../controls/dialog.tsx"
import { LocalTime } from "../controls/local-time.tsx"
import { texts } from "../texts.ts"

interface ShareDialogProps {
  chatId: string
  title: string
  onClose(): void
}

/** Creates and removes the public link of a chat, and explains what others will see. */
export function ShareDialog({ chatId, title, onClose }: ShareDialogProps) {
  const { share, isBusy, problem, create, remove, refresh } = useChatShare(chatId)
  const actions = useRef<HTMLDivElement>(null)

  useEffect(() => {
    // The pressed button is gone, so the focus moves to what replaced it.
    if (share !== undefined && document.activeElement === document.body)
      actions.current?.querySelector<HTMLElement>("input, button")?.focus()
  }, [share])

  return (
    <Dialog title={texts.shareTitle} onClose={onClose}>
      <p className="truncate text-note text-quiet">{title}</p>
      <ul className="mt-3 grid list-disc gap-1.5 ps-4.5 text-[0.875rem] leading-5 marker:text-quiet">
        {texts.shareTerms.map((term) => (
          <li key={term}>{term}</li>
        ))}
      </ul>
      {/* Reserves the height of its content, so that nothing moves. */}
      <div ref={actions} className="mt-5 flex min-h-24 flex-col justify-end gap-3" aria-busy={isBusy}>
        {problem && (
          <p role="alert" className="text-[0.875rem] text-failed">
            {problem.message ?? texts.notDone}
          </p>
        )}
        {share && <Shared share={share} isBusy={isBusy} onUpdate={create} />}
        <div className="flex flex-wrap justify-end gap-2">
          {share && (
            <button type="button" disabled={isBusy} onClick={remove} data-testid="unshare" className={quietButton}>
              {texts.unshare}
            </button>
          )}
          {share === null && (
            <button type="button" disabled={isBusy} onClick={create} data-testid="create-link" className={mainButton}>
              {texts.createLink}
            </button>
          )}
          {share === undefined && problem && (
            <button type="button" disabled={isBusy} onClick={refresh} className={mainButton}>
              {texts.retry}
            </button>
          )}
        </div>
      </div>
    </Dialog>
  )
}

function Shared({ share, isBusy, onUpdate }: { share: ChatShare; isBusy: boolean; onUpdate(): void }) {
  const address = `${window.location.origin}/share/${share.id}`
  return (
    <>
      <div className="flex items-center gap-1 rounded-xl bg-soft pe-1 ps-3.5">
        <input
          readOnly
          value={address}
          aria-label={texts.shareLink}
          data-testid="share-link"
          onFocus={(event) => event.target.select()}
          className="min-h-11 min-w-0 flex-1 bg-transparent text-[0.875rem] outline-none"
        />
        <CopyButton align="end" text={address} />
      </div>
      <p className="text-note text-quiet" role="status">
        {texts.sharedOn} <LocalTime at={share.sharedAt} />.{" "}
        {!share.isCurrent && (
          <>
            {texts.shareIsOlder}{" "}
            <button
              type="button"
              disabled={isBusy}
              onClick={onUpdate}
              data-testid="update-link"
              className="font-medium text-accent hover:underline pointer-coarse:min-h-11"
            >
              {texts.updateShare}
            </button>
          </>
        )}
      </p>
    </>
  )
}

const button =
  "min-h-9 rounded-xl px-4 text-[0.875rem] font-medium transition-[background-color,opacity] duration-150 disabled:opacity-60 pointer-coarse:min-h-11"
const mainButton = `${button} bg-accent text-accent-text hover:opacity-90`
const quietButton = `${button} text-failed hover:bg-soft`
