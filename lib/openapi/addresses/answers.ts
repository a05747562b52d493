import type { Address } from "../operation.ts"
import { chatIdInPath, chatIdInQuery, idempotencyKey, position } from "../parameters.ts"
import { begunAnswer, followedAnswer, nothingToFollow } from "../replies.ts"
import { stoppedShape } from "../shapes/chats.ts"
import { decisionRequest, stopRequest, turnRequest } from "../shapes/requests.ts"
import { turnExamples, turnRefused } from "./turn-examples.ts"

export const answers: Record<string, Address> = {
  "/api/chat": {
    post: {
      tag: "Answers",
      summary: "Begins an answer, or follows the one that this message began before",
      access: "user",
      parameters: [idempotencyKey],
      body: { schema: turnRequest, examples: turnExamples, refused: turnRefused },
      replies: { 200: begunAnswer, 204: nothingToFollow },
      refusals: [
        "invalid_chat_id",
        "invalid_request",
        "invalid_text",
        "unknown_field",
        "empty_message",
        "too_many_parts",
        "role_not_allowed",
        "part_not_allowed",
        "url_not_allowed",
        "message_too_long",
        "message_not_editable",
        "model_not_allowed",
        "quota_exceeded",
        "chat_not_found",
        "agent_not_found",
        "message_not_found",
        "file_not_found",
        "generation_running",
        "message_id_conflict",
        "nothing_to_continue",
        "approval_invalid",
        "too_many_streams",
        "too_many_connections",
        "shutting_down",
      ],
    },
    get: {
      tag: "Answers",
      summary: "Follows a chat's running answer, or gives the stored one",
      access: "user",
      parameters: [chatIdInQuery, ...position],
      replies: { 200: followedAnswer, 204: nothingToFollow },
      refusals: ["too_many_connections"],
    },
  },
  "/api/chat/{chatId}/stream": {
    get: {
      tag: "Answers",
      summary: "Follows a chat's running answer, as a stock client asks",
      access: "user",
      parameters: [chatIdInPath, ...position],
      replies: { 200: followedAnswer, 204: nothingToFollow },
      refusals: ["too_many_connections"],
    },
  },
  "/api/chat/{chatId}/stop": {
    post: {
      tag: "Answers",
      summary: "Stops the running answer, for all its readers",
      access: "user",
      parameters: [chatIdInPath],
      body: {
        schema: stopRequest,
        isOptional: true,
        examples: { "whatever runs": {}, "only this stream": { streamId: "5b2c7c1e-8f0a-4d3e-9a43-2f6d1c0b7e55" } },
        refused: {
          "no UUID": { value: { streamId: "the last one" }, code: "invalid_request" },
          "an unknown field": { value: { force: true }, code: "invalid_request" },
        },
      },
      replies: { 200: { description: "The final state is stored. False: nothing ran.", json: stoppedShape } },
      refusals: ["invalid_request", "chat_not_found", "stream_not_found", "stream_mismatch"],
    },
  },
  "/api/chat/{chatId}/approval": {
    post: {
      tag: "Answers",
      summary: "Decides on a tool call that waits, and goes on with the answer",
      access: "user",
      parameters: [chatIdInPath],
      body: {
        schema: decisionRequest,
        examples: {
          allowed: { approvalId: "approval-1", approved: true },
          refused: { approvalId: "approval-1", approved: false, reason: "Not today." },
        },
        refused: { undecided: { value: { approvalId: "approval-1" }, code: "invalid_request" } },
      },
      replies: { 200: begunAnswer, 204: nothingToFollow },
      refusals: [
        "invalid_request",
        "quota_exceeded",
        "chat_not_found",
        "approval_invalid",
        "generation_running",
        "too_many_streams",
        "too_many_connections",
        "shutting_down",
      ],
    },
  },
}
