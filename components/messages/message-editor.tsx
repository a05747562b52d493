import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react"
import { useLayer } from "#hooks/browser/use-layer.ts"
import { maxMessageChars } from "#lib/chat-protocol.ts"
import { GrowingField } from "../controls/growing-field.tsx"
import { isSendingEnter } from "../controls/keys.ts"
import { texts } from "../texts.ts"

interface MessageEditorProps {
  text: string
  onSend(text: string): void
  onCancel(): void
}

/** Edits a sent message in place. Enter sends, Shift+Enter begins a new line, Esc cancels. */
export function MessageEditor({ text: before, onSend, onCancel }: MessageEditorProps) {
  const [text, setText] = useState(before)
  const input = useRef<HTMLTextAreaElement>(null)
  const isTooLong = text.length > maxMessageChars
  const canSend = text.trim() !== "" && !isTooLong
  useLayer({ element: input, onClose: onCancel })

  useEffect(() => {
    input.current?.focus()
    input.current?.setSelectionRange(before.length, before.length)
  }, [before])

  function send(event: FormEvent): void {
    event.preventDefault()
    if (!canSend) return
    if (text.trim() === before.trim()) onCancel()
    else onSend(text.trim())
  }

  function listen(event: KeyboardEvent): void {
    if (isSendingEnter(event)) send(event)
  }

  return (
    <form onSubmit={send} className="flex w-full flex-col gap-1 rounded-3xl bg-soft p-1.5">
      <GrowingField
        ref={input}
        frame="max-h-[50dvh] px-2.5 *:py-1"
        value={text}
        onChange={setText}
        onKeyDown={listen}
        aria-label={texts.editLabel}
        aria-invalid={isTooLong}
        data-testid="edit-input"
      />
      <div className="flex items-center justify-end gap-1 text-note">
        <p role="note" className={`me-auto px-2.5 ${isTooLong ? "text-failed" : "text-quiet"}`}>
          {isTooLong ? texts.tooLong(maxMessageChars) : texts.editHint}
        </p>
        <button
          type="button"
          onClick={onCancel}
          className={`${button} text-quiet hover:bg-soft-strong hover:text-text`}
        >
          {texts.cancel}
        </button>
        <button
          type="submit"
          disabled={!canSend}
          data-testid="edit-send"
          className={`${button} bg-accent text-accent-text hover:opacity-90 disabled:bg-transparent disabled:text-quiet`}
        >
          {texts.send}
        </button>
      </div>
    </form>
  )
}

const button =
  "min-h-8 rounded-full px-3.5 font-medium transition-[background-color,opacity] duration-150 pointer-coarse:min-h-11"
