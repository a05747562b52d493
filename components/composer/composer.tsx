import { ArrowUp, Paperclip, Square } from "lucide-react"
import { type ClipboardEvent, type FormEvent, type KeyboardEvent, useId, useRef, useState } from "react"
import { useShortcutKeys, useShortcuts } from "#hooks/browser/use-shortcuts.ts"
import type { DraftPlace } from "#hooks/composer/drafts.ts"
import { useAttachments } from "#hooks/composer/use-attachments.ts"
import { useDraft } from "#hooks/composer/use-draft.ts"
import { useFileDrop } from "#hooks/composer/use-file-drop.ts"
import type { Attached } from "#hooks/use-chat-manager.ts"
import { maxArtifactChars, maxMessageChars } from "#lib/chat-protocol.ts"
import { GrowingField } from "../controls/growing-field.tsx"
import { IconButton } from "../controls/icon-button.tsx"
import { isSendingEnter } from "../controls/keys.ts"
import { composerId } from "../controls/skip-link.tsx"
import { texts } from "../texts.ts"
import { ComposerAttachments } from "./composer-attachments.tsx"
import { DropTarget } from "./drop-target.tsx"
import { obstacleTo } from "./send-obstacle.ts"

interface ComposerProps {
  /** where to store the draft; undefined: nowhere */
  draft?: DraftPlace | undefined
  isWriting: boolean
  /** called when the user types or attaches something */
  onWrite?(): void
  onSend(text: string, attached: Attached): void
  onStop(): void
}

/** The message field. Enter sends, Shift+Enter begins a new line; an input method's Enter does neither. */
export function Composer({ draft, isWriting, onWrite, onSend, onStop }: ComposerProps) {
  const input = useRef<HTMLTextAreaElement>(null)
  const attachments = useAttachments()
  const { text, setText, hasLostAttachments } = useDraft({
    place: draft,
    hasAttachments: attachments.items.length > 0,
    shown: () => input.current?.value,
  })
  const isTooLong = text.length > maxMessageChars
  const picker = useRef<HTMLInputElement>(null)
  const isEmpty = text.trim() === "" && attachments.items.length === 0
  const obstacle = obstacleTo(text, attachments.items)
  const obstacleId = useId()
  /** how often the user has tried to send despite the obstacle */
  const [tries, setTries] = useState(0)
  const isObstacleShown = obstacle !== undefined && (!obstacle.isTemporary || tries > 0)
  if (!obstacle && tries > 0) setTries(0)

  const stopKeys = useShortcutKeys()("stop")
  useShortcuts({ stop: () => (isWriting ? onStop() : input.current?.focus()) })

  function send(event: FormEvent): void {
    event.preventDefault()
    if (isEmpty || isWriting) return
    if (obstacle) {
      setTries(tries + 1)
      return
    }
    onSend(text.trim(), attachments.take())
    setText("")
    input.current?.focus()
  }

  function attach(files: Iterable<File>): void {
    onWrite?.()
    attachments.addFiles(files)
  }

  function write(written: string): void {
    onWrite?.()
    setText(written)
  }

  const isFileOver = useFileDrop(attach)

  /** Attaches pasted files, and text that is too long for the field. Other text is pasted as usual. */
  function attachPasted(event: ClipboardEvent): void {
    const { files } = event.clipboardData
    const pasted = event.clipboardData.getData("text/plain")
    if (pasted === "" && files.length > 0) attach(files)
    else if (pasted.length > longPasteChars && pasted.length <= maxArtifactChars) attachments.addText(pasted)
    else return
    event.preventDefault()
  }

  function sendOnEnter(event: KeyboardEvent): void {
    if (isSendingEnter(event)) send(event)
  }

  return (
    <form
      onSubmit={send}
      className="flex flex-wrap items-end gap-x-1.5 gap-y-1 rounded-3xl border border-line bg-page p-1.5 shadow-[0_1px_8px_-4px_var(--shade)] transition-colors duration-150 has-[textarea:focus]:border-accent/60"
    >
      {isFileOver && <DropTarget />}
      <ComposerAttachments
        items={attachments.items}
        onRemove={(key, isByKeyboard) => {
          attachments.remove(key)
          if (isByKeyboard) input.current?.focus()
        }}
        onRetry={(key, isByKeyboard) => {
          attachments.retry(key)
          if (isByKeyboard) input.current?.focus()
        }}
      />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        data-testid="file-picker"
        onChange={(event) => {
          attach(event.target.files ?? [])
          // Allows the same file to be chosen again.
          event.target.value = ""
        }}
      />
      <IconButton
        icon={Paperclip}
        label={texts.attach}
        align="start"
        data-testid="attach"
        onClick={() => picker.current?.click()}
        className="size-9 rounded-full!"
      />
      <GrowingField
        ref={input}
        frame="max-h-[40dvh] min-w-0 flex-1 *:py-[0.3rem]"
        id={composerId}
        value={text}
        onChange={write}
        onKeyDown={sendOnEnter}
        onPaste={attachPasted}
        aria-label={texts.composerLabel}
        aria-invalid={isTooLong}
        placeholder={texts.composerPlaceholder}
        data-testid="composer-input"
      />
      {hasLostAttachments && (
        <p role="status" className="order-first w-full px-3 pt-1 text-note text-quiet">
          {texts.attachmentsNotKept}
        </p>
      )}
      {isObstacleShown && (
        // A new element for each attempt, so that screen readers announce it again.
        <p
          key={tries}
          id={obstacleId}
          role="alert"
          data-testid="in-the-way"
          className={`order-last w-full px-3 pb-1 text-note ${obstacle.isTemporary ? "text-quiet" : "text-failed"}`}
        >
          {obstacle.sentence}
        </p>
      )}
      {isWriting ? (
        <button
          type="button"
          onClick={onStop}
          aria-label={texts.stop}
          aria-keyshortcuts={stopKeys.aria}
          data-tooltip={`${texts.stop} · ${stopKeys.keys}`}
          data-align="end"
          data-testid="stop"
          className={`${roundButton} bg-text text-page hover:opacity-85`}
        >
          <Square aria-hidden size={12} fill="currentColor" />
        </button>
      ) : (
        <button
          type="submit"
          disabled={isEmpty}
          aria-disabled={obstacle !== undefined}
          aria-describedby={isObstacleShown ? obstacleId : undefined}
          aria-description={isObstacleShown ? undefined : obstacle?.sentence}
          aria-label={texts.send}
          data-tooltip={obstacle?.sentence ?? texts.sendShortcut}
          data-align="end"
          data-testid="send"
          className={`${roundButton} bg-accent text-accent-text hover:opacity-90 disabled:bg-soft disabled:text-quiet aria-disabled:bg-soft aria-disabled:text-quiet`}
        >
          <ArrowUp aria-hidden size={18} strokeWidth={2.25} />
        </button>
      )}
    </form>
  )
}

/** Longer pasted text is attached, because it would crowd out the message itself. */
const longPasteChars = 4_000

const roundButton =
  "grid size-9 shrink-0 place-items-center rounded-full transition-[background-color,opacity] duration-150 pointer-coarse:size-11"
