/** Shapes of shared chats, for browser and server. Needs no library, like lib/chat-protocol. */

/** A link by which anyone can read a chat, as its owner sees it. */
export interface ChatShare {
  /** the last part of its address; anyone who knows it can read the chat */
  id: string
  /** ISO 8601: messages up to this time can be read */
  sharedAt: string
  /** false: the chat has newer messages */
  isCurrent: boolean
}

/** A shared chat as its visitors see it, without anything that leads elsewhere. */
export interface SharedChat {
  title: string
  /** ISO 8601 */
  sharedAt: string
  messages: SharedMessage[]
}

export interface SharedMessage {
  role: "user" | "assistant"
  /** false if the answer broke off */
  isWhole: boolean
  parts: SharedPart[]
}

export type SharedPart =
  | { type: "text"; text: string }
  | { type: "source"; url: string; title?: string }
  /** a tool was used; its input and output stay private */
  | { type: "tool"; name: string }
  /** a file was attached; undefined: a pasted text */
  | { type: "attachment"; name: string | undefined }

/** 24 random bytes as base64url. */
export const shareIdPattern = /^[\w-]{32}$/
