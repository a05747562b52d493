import { ArrowUp, Square } from "lucide-react"
import { type FormEvent, type KeyboardEvent, useRef, useState } from "react"
import { maxMessageChars } from "#lib/chat-protocol.ts"
import { texts } from "./texts.ts"

interface ComposerProps {
  isWriting: boolean
  onSend(text: string): void
  onStop(): void
}

/** Where a message is written. Enter sends, Shift+Enter begins a line; an input method's Enter does neither. */
export function Composer({ isWriting, onSend, onStop }: ComposerProps) {
  const [text, setText] = useState("")
  const input = useRef<HTMLTextAreaElement>(null)
  const isTooLong = text.length > maxMessageChars
  const canSend = text.trim() !== "" && !isTooLong && !isWriting

  function send(event: FormEvent): void {
    event.preventDefault()
    if (!canSend) return
    onSend(text.trim())
    setText("")
    input.current?.focus()
  }

  function sendOnEnter(event: KeyboardEvent): void {
    // Safari ends a composition before its keydown, which only the old key code still tells.
    const isComposing = event.nativeEvent.isComposing || event.keyCode === 229
    if (event.key === "Enter" && !event.shiftKey && !isComposing) send(event)
  }

  return (
    <form
      onSubmit={send}
      className="flex items-end gap-2 rounded-3xl border border-line bg-page p-1.5 pl-4 shadow-[0_1px_8px_-4px_var(--shade)] transition-colors duration-150 has-[textarea:focus]:border-accent/60"
    >
      {/* The hidden copy gives the field the height of its text, without measuring. */}
      <div className="grid max-h-[40dvh] min-w-0 flex-1 overflow-y-auto py-[0.3rem] *:[grid-area:1/1] pointer-coarse:py-[0.6rem]">
        <div aria-hidden className="plain-text invisible text-body">{`${text}\u200b`}</div>
        <textarea
          ref={input}
          rows={1}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={sendOnEnter}
          aria-label={texts.composerLabel}
          aria-invalid={isTooLong}
          placeholder={texts.composerPlaceholder}
          enterKeyHint="send"
          autoComplete="off"
          data-testid="composer-input"
          className="plain-text resize-none overflow-hidden bg-transparent text-body outline-none placeholder:text-quiet"
        />
      </div>
      {isTooLong && (
        <p role="alert" className="self-center text-note text-failed">
          {texts.tooLong(maxMessageChars)}
        </p>
      )}
      {isWriting ? (
        <button
          type="button"
          onClick={onStop}
          aria-label={texts.stop}
          data-tooltip={texts.stop}
          data-align="end"
          data-testid="stop"
          className={`${roundButton} bg-text text-page hover:opacity-85`}
        >
          <Square aria-hidden size={12} fill="currentColor" />
        </button>
      ) : (
        <button
          type="submit"
          disabled={!canSend}
          aria-label={texts.send}
          data-tooltip={texts.sendShortcut}
          data-align="end"
          data-testid="send"
          className={`${roundButton} bg-accent text-accent-text hover:opacity-90 disabled:bg-soft disabled:text-quiet`}
        >
          <ArrowUp aria-hidden size={18} strokeWidth={2.25} />
        </button>
      )}
    </form>
  )
}

const roundButton =
  "grid size-9 shrink-0 place-items-center rounded-full transition-[background-color,opacity] duration-150 pointer-coarse:size-11"
