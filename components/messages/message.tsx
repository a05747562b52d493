import { isToolUIPart } from "ai"
import { RefreshCw } from "lucide-react"
import { memo } from "react"
import { type ChatMessage, isFinal, textOf, type UserDecision, withThoughts } from "#lib/chat-protocol.ts"
import { CopyButton } from "../controls/copy-button.tsx"
import { IconButton } from "../controls/icon-button.tsx"
import { Markdown } from "../markdown/markdown.tsx"
import { texts } from "../texts.ts"
import { AnswerCost } from "./answer/answer-cost.tsx"
import { AnswerModel } from "./answer/answer-model.tsx"
import { AnswerNotes } from "./answer/answer-notes.tsx"
import { AnswerNotice } from "./answer/answer-notice.tsx"
import { BranchPager } from "./answer/branch-pager.tsx"
import { showsSomething } from "./answer/how-it-ended.ts"
import { Reasoning } from "./answer/reasoning.tsx"
import { WithSources } from "./answer/sources.tsx"
import { Attachment } from "./attachment.tsx"
import { Skeleton } from "./skeleton.tsx"
import { ToolCall } from "./tool-call.tsx"

interface AnswerProps {
  /** undefined: nothing has arrived yet */
  message: ChatMessage | undefined
  /** it is being written, and we hear it */
  isLive: boolean
  /** nothing follows it; of an earlier one what follows is kept as a branch where it is written anew */
  isLast: boolean
  agentName: string
  /** undefined where it cannot be written anew */
  onRegenerate: ((messageId: string) => void) | undefined
  /** undefined where it cannot be gone on with */
  onContinue: ((messageId: string) => void) | undefined
  /** undefined where nothing can be decided */
  onDecide: ((messageId: string, decision: UserDecision) => void) | undefined
  /** undefined while something is being written */
  onSwitch: ((messageId: string) => void) | undefined
}

export const Answer = memo(function Answer(props: AnswerProps) {
  const { message, isLive, isLast, agentName, onRegenerate, onContinue, onDecide, onSwitch } = props
  if (!message)
    return (
      <div className={answerHeight}>
        <Skeleton />
      </div>
    )
  const isEnded = !isLive && isFinal(message.metadata?.status ?? "COMPLETE")
  const isWaiting = !isEnded && !showsSomething(message)
  const regenerate = onRegenerate && isEnded ? () => onRegenerate(message.id) : undefined
  const goOn = onContinue && isEnded ? () => onContinue(message.id) : undefined
  const text = isEnded ? textOf(message.parts) : ""
  return (
    <article
      aria-label={texts.assistant(agentName)}
      aria-busy={isLive}
      data-testid="message-assistant"
      data-message-id={message.id}
      data-status={statusOf(message, isLive)}
      className={`group/answer flex flex-col gap-1 ${answerHeight} ${isEnded ? "" : roomForButtons}`}
    >
      <WithSources sources={message.parts.filter((part) => part.type === "source-url")} isGrowing={isLive}>
        {isWaiting ? (
          <Skeleton />
        ) : (
          <Parts message={message} isLive={isLive} onDecide={isEnded ? onDecide : undefined} />
        )}
      </WithSources>
      {!isLive && !isWaiting && (
        <AnswerNotice message={message} onRetry={isLast ? regenerate : undefined} onContinue={goOn} />
      )}
      {isEnded && <AnswerNotes metadata={message.metadata} />}
      {/* Not while the words grow: every line would push it on. */}
      {isEnded && (
        <div className="-ml-2 flex h-8 items-center pointer-coarse:h-11 print:hidden">
          {message.metadata?.branches && <BranchPager branches={message.metadata.branches} onSwitch={onSwitch} />}
          <div className="flex items-center opacity-0 transition-opacity duration-150 focus-within:opacity-100 group-hover/answer:opacity-100 pointer-coarse:opacity-100">
            {text !== "" && <CopyButton align="start" text={text} shortcut={isLast ? "copyAnswer" : undefined} />}
            {regenerate && (
              <IconButton
                icon={RefreshCw}
                label={texts.regenerate}
                tooltip={isLast ? texts.regenerate : texts.regenerateEarlier}
                side="below"
                align="start"
                onClick={regenerate}
              />
            )}
            <AnswerModel id={message.metadata?.model} />
            <AnswerCost metadata={message.metadata} />
          </div>
        </div>
      )}
    </article>
  )
})

/** The newest answer is never lower than a skeleton and the row below it: what replaces the waiting moves nothing. */
const answerHeight = "last:min-h-[7.05rem] pointer-coarse:last:min-h-[7.8rem]"

/** As high as the row of buttons that will stand there, so that nothing moves when it comes. */
const roomForButtons = "pb-9 pointer-coarse:pb-12"

function Parts({ message, isLive, onDecide }: Pick<AnswerProps, "isLive" | "onDecide"> & { message: ChatMessage }) {
  const decide = onDecide && ((decision: UserDecision) => onDecide(message.id, decision))
  const last = message.parts.length - 1
  return withThoughts(message.parts).map((part, index) => {
    const key = `${part.type}-${index}`
    if (part.type === "text") return <Markdown key={key} text={part.text} isLive={isLive && index === last} />
    if (part.type === "reasoning")
      return <Reasoning key={key} part={part} isRunning={isLive && part.state === "streaming"} />
    if (part.type === "file") return <Attachment key={key} file={part} />
    if (isToolUIPart(part)) return <ToolCall key={key} part={part} isLive={isLive} onDecide={decide} />
    return null
  })
}

/** As the browser tests know it: "streaming" for what is live here, else how it is stored. */
function statusOf(message: ChatMessage, isLive: boolean): string {
  return isLive ? "streaming" : (message.metadata?.status ?? "COMPLETE").toLowerCase()
}
