import type { ListedChat } from "#hooks/use-user-events.ts"
import { texts } from "./texts.ts"

/**
 * What can be told from a row of tabs: whether this one's chat is being written or has been answered since one looked, and
 * how many others have.
 */
export function tabTitle(chats: ListedChat[], chatId: string | undefined): string {
  const current = chats.find(({ id }) => id === chatId)
  const title = current?.title ? `${current.title} · ${texts.appName}` : texts.appName
  if (current?.isRunning) return texts.writingTitle(title)
  if (current?.isUnread) return texts.unreadTitle(title)
  const others = chats.filter(({ id, isUnread }) => isUnread && id !== chatId).length
  return others > 0 ? texts.otherUnreadTitle(others, title) : title
}
