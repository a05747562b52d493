import { z } from "zod"
import type { Address, Reply } from "../operation.ts"
import { askedMsAgo, chatIdInPath, cursor, exportFormat, search } from "../parameters.ts"
import { chatsShape, deletedShape, feedShapes, shareShape, titleShape, usagePageShape } from "../shapes/chats.ts"
import { exportShape, messagesShape } from "../shapes/messages.ts"
import { branchRequest, shareRequest, titleRequest } from "../shapes/requests.ts"

const shared: Reply = { description: "The public link, or null.", json: shareShape }

export const chats: Record<string, Address> = {
  "/api/chats": {
    get: {
      tag: "Chats",
      summary: "Lists and searches the user's chats, 50 a page, the newest turn first",
      access: "user",
      parameters: [cursor, search],
      replies: { 200: { description: "One page.", json: chatsShape } },
    },
  },
  "/api/chat/{chatId}": {
    patch: {
      tag: "Chats",
      summary: "Renames a chat",
      access: "user",
      parameters: [chatIdInPath],
      body: {
        schema: titleRequest,
        examples: { "a title": { title: "What survives" } },
        refused: { "an empty title": { value: { title: " " }, code: "invalid_title" } },
      },
      replies: { 200: { description: "The title as it is stored.", json: titleShape } },
      refusals: ["invalid_title", "chat_not_found"],
    },
    delete: {
      tag: "Chats",
      summary: "Deletes a chat, and ends its running answer",
      access: "user",
      parameters: [chatIdInPath, askedMsAgo],
      replies: { 200: { description: "It is deleted.", json: deletedShape } },
      refusals: ["chat_not_found", "chat_gone_on"],
    },
  },
  "/api/chat/{chatId}/messages": {
    get: {
      tag: "Chats",
      summary: "Lists the messages of the branch that is shown, oldest first",
      access: "user",
      parameters: [chatIdInPath],
      replies: { 200: { description: "All of them.", json: messagesShape } },
      refusals: ["chat_not_found"],
    },
  },
  "/api/chat/{chatId}/branch": {
    post: {
      tag: "Chats",
      summary: "Shows the branch that a message is on",
      access: "user",
      parameters: [chatIdInPath],
      body: {
        schema: branchRequest,
        examples: { "a message's branch": { messageId: "question-1" } },
        refused: { "no message": { value: {}, code: "invalid_request" } },
      },
      replies: { 200: { description: "The messages of that branch.", json: messagesShape } },
      refusals: ["invalid_request", "chat_not_found", "message_not_found", "generation_running"],
    },
  },
  "/api/chat/{chatId}/export": {
    get: {
      tag: "Chats",
      summary: "Gives the branch that is shown as a file",
      access: "user",
      parameters: [chatIdInPath, exportFormat],
      replies: {
        200: {
          description: "A download.",
          json: exportShape,
          media: "text/markdown",
          headers: { "content-disposition": z.string() },
        },
      },
      refusals: ["chat_not_found"],
    },
  },
  "/api/chat/{chatId}/share": {
    get: {
      tag: "Chats",
      summary: "Reads the public link",
      access: "user",
      parameters: [chatIdInPath],
      replies: { 200: shared },
      refusals: ["chat_not_found"],
    },
    post: {
      tag: "Chats",
      summary: "Makes the public link, or brings it up to date",
      access: "user",
      parameters: [chatIdInPath],
      body: {
        schema: shareRequest,
        isOptional: true,
        examples: { nothing: {} },
        refused: { "an unknown field": { value: { isPublic: true }, code: "invalid_request" } },
      },
      replies: { 200: shared },
      refusals: ["invalid_request", "chat_not_found", "generation_running"],
    },
    delete: {
      tag: "Chats",
      summary: "Revokes the public link",
      access: "user",
      parameters: [chatIdInPath],
      replies: { 200: shared },
      refusals: ["chat_not_found"],
    },
  },
  "/api/events": {
    get: {
      tag: "Chats",
      summary: "Sends the events of all the user's chats, for as long as the reader stays",
      access: "user",
      replies: { 200: { description: "Events by name; `state` comes first.", events: feedShapes } },
      refusals: ["too_many_connections"],
    },
  },
  "/api/usage": {
    get: {
      tag: "Chats",
      summary: "Gives the user's credits and charges, 100 a page, newest first",
      access: "user",
      parameters: [cursor],
      replies: { 200: { description: "One page.", json: usagePageShape } },
    },
  },
}
