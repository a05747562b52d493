import { headers } from "next/headers"
import { findUser } from "#lib/auth/session.ts"
import { type ChatPage, chatIdPattern } from "#lib/chat-protocol.ts"
import { getServices } from "#lib/services.ts"
import { findAgent, findShownAgent, listAgents, modelFor, publicAgent } from "#lib/turns/agents.ts"

const chatsInSidebar = 50
const demoModelId = "scripted"

/**
 * Reads everything that a chat's page needs for its first paint. A chat that is unknown or another user's is empty: a
 * reload can be faster than the chat's first row.
 * @throws ChatError "agent_not_found"
 */
export async function loadChatPage(agentSlug: string, chatId?: string): Promise<ChatPage> {
  const { auth, chat, config, models } = await getServices()
  const user = await findUser(auth, await headers())
  const isKnown = user !== undefined && chatId !== undefined && chatIdPattern.test(chatId)
  const [messages, listed] = await Promise.all([
    isKnown ? chat.repository.messages.list(chatId, user.id) : undefined,
    user ? chat.repository.chats.list(user.id, chatsInSidebar) : undefined,
  ])
  const isOlder = isKnown && messages !== undefined && !listed?.chats.some(({ id }) => id === chatId)
  const ownChat = isOlder ? await chat.repository.chats.findSummary(chatId, user.id) : undefined
  // A stored chat stays readable while its agent is not configured.
  const stored = messages?.length ? findShownAgent(agentSlug, chat) : undefined
  const agent = stored ?? publicAgent(findAgent(agentSlug, chat))
  const modelId = agent.hasOwnModel ? agent.slug : modelFor(findAgent(agentSlug, chat), models).id
  return {
    agent,
    agents: listAgents(chat).map(publicAgent),
    chatId,
    messages: messages ?? [],
    chats: listed?.chats ?? [],
    olderChats: listed?.nextCursor,
    ownChat,
    user: user && { name: user.name, email: user.email, isAnonymous: user.isAnonymous },
    isResumable: chat.config.isResumable,
    isOverSocket: chat.config.isResumable && config.chatTransport === "websocket",
    models: models.list(),
    modelId,
    isDemoModel: modelId === demoModelId,
  }
}
