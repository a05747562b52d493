import { Pencil } from "lucide-react"
import { memo, useEffect, useRef, useState } from "react"
import { type ChatMessage, textOf } from "#lib/chat-protocol.ts"
import { CopyButton } from "../controls/copy-button.tsx"
import { IconButton } from "../controls/icon-button.tsx"
import { texts } from "../texts.ts"
import { BranchPager } from "./answer/branch-pager.tsx"
import { Artifacts } from "./artifacts.tsx"
import { Attachment } from "./attachment.tsx"
import { MessageEditor } from "./message-editor.tsx"

interface UserMessageProps {
  message: ChatMessage
  /** undefined while an answer is being written */
  onEdit: ((messageId: string, text: string) => void) | undefined
  onSwitch: ((messageId: string) => void) | undefined
}

export const UserMessage = memo(function UserMessage({ message, onEdit, onSwitch }: UserMessageProps) {
  const [editedId, setEditedId] = useState<string>()
  const editButton = useRef<HTMLButtonElement>(null)
  const wasEditing = useRef(false)
  const isEditing = editedId === message.id && onEdit !== undefined
  const text = textOf(message.parts)
  const { artifacts = [], branches, status = "COMPLETE" } = message.metadata ?? {}

  useEffect(() => {
    // After leaving the editor by keyboard, the focus returns to the button that opened it.
    if (wasEditing.current && !isEditing && document.activeElement === document.body) editButton.current?.focus()
    wasEditing.current = isEditing
  }, [isEditing])

  return (
    <article
      aria-label={texts.you}
      data-testid="message-user"
      data-message-id={message.id}
      data-status={status.toLowerCase()}
      className="group/question relative flex flex-col items-end gap-2"
    >
      {message.parts.map((part, index) => (part.type === "file" ? <Attachment key={index} file={part} /> : null))}
      <Artifacts artifacts={artifacts} />
      {isEditing ? (
        <MessageEditor
          text={text}
          onCancel={() => setEditedId(undefined)}
          onSend={(edited) => {
            setEditedId(undefined)
            onEdit(message.id, edited)
          }}
        />
      ) : (
        text !== "" && (
          <div dir="auto" className="plain-text max-w-[85%] rounded-3xl bg-soft px-4 py-2.5">
            {text}
          </div>
        )
      )}
      {/* Uses the space before the answer, so that nothing moves when the buttons appear. Touch screens need more room. */}
      {!isEditing && (
        <div className="-mb-7 -mt-1.5 flex h-7 items-center pointer-coarse:-mb-3 pointer-coarse:h-11 print:hidden">
          {text !== "" && (
            <div className="flex items-center opacity-0 transition-opacity duration-150 focus-within:opacity-100 group-hover/question:opacity-100 pointer-coarse:opacity-100">
              <CopyButton align="end" text={text} />
              {/* Stays in the layout while it is invisible, so that nothing moves when it appears. */}
              <IconButton
                ref={editButton}
                icon={Pencil}
                label={texts.edit}
                side="below"
                align="end"
                data-testid="edit"
                onClick={() => setEditedId(message.id)}
                className={onEdit ? "" : "invisible"}
              />
            </div>
          )}
          {branches && <BranchPager branches={branches} onSwitch={onSwitch} />}
        </div>
      )}
    </article>
  )
})
