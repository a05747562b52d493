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
  /** undefined: nothing of the answer has arrived yet */
  message: ChatMessage | undefined
  /** it is being written, and its stream is being received */
  isLive: boolean
  /** no message follows it; those after an earlier answer are kept as a branch when it is regenerated */
  isLast: boolean
  agentName: string
  /** undefined if it cannot be regenerated */
  onRegenerate: ((messageId: string) => void) | undefined
  /** undefined if it cannot be continued */
  onContinue: ((messageId: string) => void) | undefined
  /** undefined if the user cannot decide now */
  onDecide: ((messageId: string, decision: UserDecision) => void) | undefined
  /** undefined while an answer is being written */
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
  const continueAnswer = onContinue && isEnded ? () => onContinue(message.id) : undefined
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
          <Parts message={message} isLive={isLive} agentName={agentName} onDecide={isEnded ? onDecide : undefined} />
        )}
      </WithSources>
      {!isLive && !isWaiting && (
        <AnswerNotice message={message} onRetry={isLast ? regenerate : undefined} onContinue={continueAnswer} />
      )}
      {isEnded && <AnswerNotes metadata={message.metadata} />}
      {/* Not while the text grows, because every new line would move it. */}
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

/** The newest answer is at least as high as the skeleton and the row below it, so that nothing moves when it begins. */
const answerHeight = "last:min-h-[7.05rem] pointer-coarse:last:min-h-[7.8rem]"

/** Reserves the height of the row of buttons, so that nothing moves when it appears. */
const roomForButtons = "pb-9 pointer-coarse:pb-12"

type PartsProps = Pick<AnswerProps, "isLive" | "agentName" | "onDecide"> & { message: ChatMessage }

function Parts({ message, isLive, agentName, onDecide }: PartsProps) {
  const decide = onDecide && ((decision: UserDecision) => onDecide(message.id, decision))
  const last = message.parts.length - 1
  return withThoughts(message.parts).map((part, index) => {
    const key = `${part.type}-${index}`
    if (part.type === "text") return <Markdown key={key} text={part.text} isLive={isLive && index === last} />
    if (part.type === "reasoning")
      return <Reasoning key={key} part={part} isRunning={isLive && part.state === "streaming"} />
    if (part.type === "file") return <Attachment key={key} file={part} />
    if (isToolUIPart(part))
      return <ToolCall key={key} part={part} isLive={isLive} agentName={agentName} onDecide={decide} />
    return null
  })
}

/** For the browser tests: "streaming" while it is live here, otherwise its stored status. */
function statusOf(message: ChatMessage, isLive: boolean): string {
  return isLive ? "streaming" : (message.metadata?.status ?? "COMPLETE").toLowerCase()
}
