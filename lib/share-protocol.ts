/** What browser and server say of shared chats. Needs no library, as lib/chat-protocol. */

/** A link under which anybody can read a chat, as its owner sees it. */
export interface ChatShare {
  /** what its address ends with; who knows it can read */
  id: string
  /** ISO 8601: what was said until then can be read */
  sharedAt: string
  /** false: another message stands at the chat's end by now */
  isCurrent: boolean
}

/** A shared chat as anybody sees it: what was said, and nothing that leads to anything else. */
export interface SharedChat {
  title: string
  /** ISO 8601 */
  sharedAt: string
  messages: SharedMessage[]
}

export interface SharedMessage {
  role: "user" | "assistant"
  /** false: the answer broke off */
  isWhole: boolean
  parts: SharedPart[]
}

export type SharedPart =
  | { type: "text"; text: string }
  | { type: "source"; url: string; title?: string }
  /** that it was used; neither what it was given nor what it gave */
  | { type: "tool"; name: string }
  /** that it was there; undefined: a text that was pasted */
  | { type: "attachment"; name: string | undefined }

/** 24 random bytes as base64url. */
export const shareIdPattern = /^[\w-]{32}$/
