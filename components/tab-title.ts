import type { ListedChat } from "#hooks/use-user-events.ts"
import { texts } from "./texts.ts"

/** Returns the tab's title: it shows a running or an unread answer in this chat, or how many other chats are unread. */
export function tabTitle(chats: ListedChat[], chatId: string | undefined): string {
  const current = chats.find(({ id }) => id === chatId)
  const title = current?.title ? `${current.title} · ${texts.appName}` : texts.appName
  if (current?.isRunning) return texts.writingTitle(title)
  if (current?.isUnread) return texts.unreadTitle(title)
  const others = chats.filter(({ id, isUnread }) => isUnread && id !== chatId).length
  return others > 0 ? texts.otherUnreadTitle(others, title) : title
}
