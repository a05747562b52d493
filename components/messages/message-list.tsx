import { ArrowDown } from "lucide-react"
import { Fragment } from "react"
import { useReducedMotion } from "#hooks/browser/use-reduced-motion.ts"
import { useNewestEnd } from "#hooks/chat/use-newest-end.ts"
import type { ChatMessage, UserDecision } from "#lib/chat-protocol.ts"
import { texts } from "../texts.ts"
import { Notice } from "./answer/answer-notice.tsx"
import { CompactionNote } from "./answer/compaction-note.tsx"
import { Answer } from "./message.tsx"
import { UnsentNote } from "./unsent-note.tsx"
import { UserMessage } from "./user-message.tsx"

interface MessageListProps {
  messages: ChatMessage[]
  /** as in `ChatManager` */
  status: "ready" | "submitted" | "streaming"
  problem: { message: string; canRetry: boolean } | undefined
  isUnsent: boolean
  /** increases with each request of the user, whose result is scrolled into view */
  asked: number
  agentName: string
  onRetry(): void
  onRegenerate(messageId: string): void
  onContinue(messageId: string): void
  onDecide(messageId: string, decision: UserDecision): void
  onEdit(messageId: string, text: string): void
  /** shows the branch that a message is on */
  onSwitch(messageId: string): void
}

/**
 * The conversation. It opens at its newest end and stays there until the user scrolls up. A new request scrolls back to
 * the end, where its result appears.
 */
export function MessageList(props: MessageListProps) {
  const { messages, status, problem, isUnsent, asked, agentName } = props
  const { onRetry, onRegenerate, onContinue, onDecide, onEdit, onSwitch } = props
  const move = useReducedMotion() ? "instant" : "smooth"
  const { scrollRef, contentRef, isAtBottom, scrollToBottom, stopScroll } = useNewestEnd(asked, move)
  const last = messages.at(-1)
  const isWriting = status !== "ready"

  /** Keeps the pressed button in its place, however long the other branch is. */
  function switchInPlace(messageId: string): void {
    stopScroll()
    onSwitch(messageId)
  }

  return (
    <div className="relative min-h-0 flex-1">
      <section
        ref={scrollRef}
        data-scroll
        // The script of `start-at-newest.tsx` adds an attribute.
        suppressHydrationWarning
        aria-label={texts.conversation}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        tabIndex={0}
        className="h-full overflow-y-auto overscroll-contain outline-offset-[-2px] [scrollbar-gutter:stable_both-edges]"
      >
        <div ref={contentRef} className="relative mx-auto flex max-w-[46rem] flex-col gap-7 px-4 pt-6 pb-8">
          {messages.map((message, index) => (
            <Fragment key={placeKey(messages[index - 1])}>
              <h2 className="sr-only">{message.role === "user" ? texts.you : texts.assistant(agentName)}</h2>
              {message.role === "user" ? (
                <UserMessage
                  message={message}
                  onEdit={isWriting ? undefined : onEdit}
                  onSwitch={isWriting ? undefined : switchInPlace}
                />
              ) : (
                <Answer
                  message={message}
                  isLive={isWriting && message === last}
                  isLast={message === last}
                  agentName={agentName}
                  onRegenerate={isWriting || last?.role === "user" ? undefined : onRegenerate}
                  onContinue={message === last && !isWriting ? onContinue : undefined}
                  onDecide={message === last && !isWriting ? onDecide : undefined}
                  onSwitch={isWriting ? undefined : switchInPlace}
                />
              )}
              {message.metadata?.compaction && <CompactionNote compaction={message.metadata.compaction} />}
            </Fragment>
          ))}
          {isUnsent && <UnsentNote />}
          {status === "submitted" && last?.role === "user" && !isUnsent && (
            <Fragment key={placeKey(last)}>
              <Answer
                message={undefined}
                isLive
                isLast
                agentName={agentName}
                onRegenerate={undefined}
                onContinue={undefined}
                onDecide={undefined}
                onSwitch={undefined}
              />
            </Fragment>
          )}
          {problem && (
            <div data-testid="problem" role="alert">
              <Notice onRetry={problem.canRetry ? onRetry : undefined}>{problem.message}</Notice>
            </div>
          )}
        </div>
      </section>
      {!isAtBottom && (
        <button
          type="button"
          onClick={() => void scrollToBottom(move)}
          aria-label={texts.jumpToNewest}
          data-tooltip={texts.jumpToNewest}
          className="absolute! bottom-3 left-1/2 grid size-9 -translate-x-1/2 place-items-center rounded-full border border-line bg-page text-quiet shadow-sm transition-colors duration-150 hover:text-text pointer-coarse:size-11"
        >
          <ArrowDown aria-hidden size={17} strokeWidth={1.75} />
        </button>
      )}
    </div>
  )
}

/**
 * Identifies a message by its predecessor. So an answer keeps its element when it gets an id, and a message of another
 * branch takes over the element with the focus.
 */
function placeKey(before: ChatMessage | undefined): string {
  return `after-${before?.id ?? "nothing"}`
}
