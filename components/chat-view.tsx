"use client"

import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from "react"
import { toast } from "sonner"
import { useUserKey } from "#hooks/account/use-user-key.ts"
import { useShortcuts } from "#hooks/browser/use-shortcuts.ts"
import { HeldAnswer } from "#hooks/chat/held-answer.ts"
import { type ChatAddress, useChatAddress } from "#hooks/chat/use-chat-address.ts"
import { keepChat, useChatChanges, withTitles } from "#hooks/chats/chat-changes.ts"
import { dropDraft } from "#hooks/composer/drafts.ts"
import { useModelChoice } from "#hooks/composer/use-model-choice.ts"
import { useChatManager } from "#hooks/use-chat-manager.ts"
import { type ListedChat, useUserEvents } from "#hooks/use-user-events.ts"
import { type ChatMessage, type ChatPage, textOf } from "#lib/chat-protocol.ts"
import { Announcer } from "./announcer/announcer.tsx"
import { Chat } from "./chat.tsx"
import { hideDrawer } from "./chat-mobile.tsx"
import { Composer } from "./composer/composer.tsx"
import { ModelPicker } from "./composer/model-picker.tsx"
import { type Connection, ConnectionNote, ConnectionSign, liveState } from "./connection.tsx"
import { copyText } from "./controls/copy-text.ts"
import type { LiveState } from "./controls/live-dot.tsx"
import { Toasts } from "./controls/toasts.tsx"
import { EmptyState } from "./empty-state.tsx"
import { useMarkdownAhead } from "./markdown/markdown.tsx"
import { Models } from "./messages/answer/answer-model.tsx"
import { MessageList } from "./messages/message-list.tsx"
import { withCurrentChat } from "./sidebar/chat-summaries.ts"
import { Sidebar } from "./sidebar/sidebar.tsx"
import { TabIcon } from "./tab-icon.tsx"
import { tabTitle } from "./tab-title.ts"
import { texts } from "./texts.ts"

interface ChatViewProps {
  page: ChatPage
  /** the sidebar was collapsed at the last visit */
  isFolded: boolean
}

/** A chat page in the browser: connects the hooks with the components that show their state. */
export function ChatView({ page, isFolded }: ChatViewProps) {
  const address = useChatAddress(page.agent.slug, page.chatId)
  return <ChatOnPage key={address.visit} page={page} isFolded={isFolded} address={address} />
}

function ChatOnPage({ page, isFolded, address }: ChatViewProps & { address: ChatAddress }) {
  const { agent } = page
  const { chatId } = address
  const owner = page.user?.isAnonymous === false ? page.user.email : undefined
  const draft = { chatId, agent: agent.slug, owner }
  const chosenModel = useRef<string>(undefined)
  const manager = useChatManager({
    chatId: page.chatId,
    agent: agent.slug,
    modelId: () => chosenModel.current,
    isSignedIn: page.user !== undefined,
    initialMessages: page.messages,
    isResumable: page.isResumable,
    isOverSocket: page.isOverSocket,
    onReconnected: () => toast(texts.reconnected, { id: "reconnected" }),
    onChatCreated: address.settle,
  })
  const { messages, status, connection, problem } = manager
  const [heldAnswer] = useState(() => new HeldAnswer())
  const choice = useModelChoice({ models: page.models, defaultId: page.modelId, messages, place: draft })
  useLayoutEffect(() => {
    chosenModel.current = page.models.length > 1 && !agent.hasOwnModel ? choice.modelId : undefined
  })
  const isWriting = status !== "ready"
  const isSignedIn = page.user !== undefined || messages.some(({ role }) => role === "assistant")
  const changes = useChatChanges()
  const live = useUserEvents({
    userKey: useUserKey(page.user?.email, isSignedIn),
    page: { chats: page.chats, older: page.olderChats },
    ownChat: page.ownChat,
    chatId,
    onEvent(event) {
      manager.onUserEvent(event)
      if (event.type === "chat-deleted") dropDraft(event.chatId)
      // A deletion from this tab is handled by its row in the list.
      const isGone = event.type === "chat-deleted" && event.chatId === chatId && changes.removals.get(chatId) !== "gone"
      if (!isGone) return
      address.leave()
      toast(texts.deletedElsewhere)
    },
    onMissed: manager.catchUp,
  })
  const isAnswered = isWriting && !manager.isUnsent
  const listed = withCurrentChat(live.chats, { chatId, agent: agent.slug, messages, isWriting: isAnswered })
  const chats = withTitles(listed, changes)
  const current = chats.find(({ id }) => id === chatId)
  const title = current?.title

  /** Writing in a chat cancels its pending deletion. */
  function keep(): void {
    if (chatId !== undefined && keepChat(chatId)) toast(texts.removalTakenBack)
  }
  const keepOnRequest = useEffectEvent(keep)
  useEffect(() => keepOnRequest(), [manager.asked])

  useMarkdownAhead(isWriting)
  useShortcuts({
    newChat: address.leave,
    copyAnswer: () => void copyLastAnswer(messages),
  })

  return (
    <>
      <title>{tabTitle(chats, chatId)}</title>
      <TabIcon state={tabState(connection, current)} />
      <Chat
        isFoldedAtFirst={isFolded}
        title={title || texts.newChat}
        agentName={agent.name}
        connection={<ConnectionSign connection={connection} />}
        sidebar={
          <Sidebar
            chats={chats}
            older={live.older}
            currentChatId={chatId}
            agentSlug={agent.slug}
            user={page.user}
            onSignOut={() => void signOut().then((isDone) => isDone || toastOutsideDrawer(texts.notSignedOut))}
            onCurrentGone={address.leave}
            onProblem={toastOutsideDrawer}
          />
        }
      >
        {messages.length === 0 && !problem ? (
          <EmptyState agent={agent} agents={page.agents} onChoose={manager.send} />
        ) : (
          <Models value={page.models}>
            <MessageList
              messages={heldAnswer.update(messages, isWriting)}
              status={status}
              problem={problem}
              isUnsent={manager.isUnsent}
              asked={manager.asked}
              agentName={agent.name}
              onRetry={manager.retry}
              onRegenerate={manager.regenerate}
              onContinue={manager.continueAnswer}
              onDecide={manager.decide}
              onEdit={manager.edit}
              onSwitch={manager.switchBranch}
            />
          </Models>
        )}
        <footer className="relative mx-auto w-full max-w-[46rem] px-3 pb-[max(0.5rem,env(safe-area-inset-bottom))] md:px-4">
          <ConnectionNote connection={connection} isUnsent={manager.isUnsent} />
          <Composer draft={draft} isWriting={isWriting} onWrite={keep} onSend={manager.send} onStop={manager.stop} />
          <p className="flex justify-center px-4 pt-1.5 text-note text-quiet">
            {agent.hasOwnModel ? (
              <span className="truncate">{texts.ownModel(agent.name)}</span>
            ) : page.isDemoModel ? (
              <span className="truncate">{texts.demoModel}</span>
            ) : (
              <ModelPicker
                models={page.models}
                modelId={choice.modelId}
                isOtherGone={choice.isOtherGone}
                onChoose={choice.choose}
              />
            )}
          </p>
        </footer>
        <Announcer messages={messages} isWriting={isWriting} />
      </Chat>
      <Toasts />
    </>
  )
}

async function copyLastAnswer(messages: ChatMessage[]): Promise<void> {
  const answers = messages.filter(({ role }) => role === "assistant").map(({ parts }) => textOf(parts))
  const last = answers.findLast((text) => text !== "")
  if (last !== undefined) toast((await copyText(last)) ? texts.answerCopied : texts.copyFailed)
}

function toastOutsideDrawer(sentence: string): void {
  hideDrawer()
  toast(sentence)
}

/** Loads the code for it on demand. @returns false if that or signing out failed */
async function signOut(): Promise<boolean> {
  const account = await import("#hooks/account/sign-out.ts").catch(() => undefined)
  return (await account?.signOut()) ?? false
}

/** Uses the list of chats while idle: a hidden tab has no stream, but still gets events. */
function tabState(connection: Connection, current: ListedChat | undefined): LiveState {
  if (connection !== "idle") return liveState(connection)
  return current?.isRunning ? "writing" : current?.isUnread ? "unread" : "done"
}
