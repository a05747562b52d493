import type { JsonBody } from "../operation.ts"

const id = "3f1f3f64-5717-4562-b3fc-2c963f66afa6"
const text = { type: "text", text: "What survives a reload?" }
const message = { id: "question-1", role: "user", parts: [text] }

export const turnExamples: JsonBody["examples"] = {
  "a question": { id, message },
  "a stock client's question": { id, messages: [message], trigger: "submit-message" },
  "a question in place of another": { id, message: { ...message, id: "question-2" }, messageId: "question-1" },
  "with an artifact": { id, message, artifacts: [{ type: "CODE", content: "const size = 1" }] },
  "with a picture": {
    id,
    message: {
      ...message,
      parts: [text, { type: "file", mediaType: "image/gif", url: "data:image/gif;base64,R0lGODlhAQABAAAAACw=" }],
    },
  },
  "answer again": { id, trigger: "regenerate-message" },
  "go on with a partial answer": { id, trigger: "continue-message", messageId: "answer-1" },
}

export const turnRefused: JsonBody["refused"] = {
  "a chat id that is no UUID": { value: { id: "my-chat", message }, code: "invalid_chat_id" },
  "no message": { value: { id }, code: "empty_message" },
  "only white space": {
    value: { id, message: { ...message, parts: [{ type: "text", text: " \n" }] } },
    code: "empty_message",
  },
  "an answer in place of a question": {
    value: { id, message: { ...message, role: "assistant" } },
    code: "role_not_allowed",
  },
  "a tool's result": {
    value: { id, message: { ...message, parts: [{ type: "tool-search", output: "found" }] } },
    code: "part_not_allowed",
  },
  "a file from elsewhere": {
    value: {
      id,
      message: { ...message, parts: [{ type: "file", mediaType: "image/png", url: "https://example.com/a.png" }] },
    },
    code: "url_not_allowed",
  },
  "an unknown field": { value: { id, message, temperature: 0 }, code: "unknown_field" },
  "an unknown trigger": { value: { id, message, trigger: "edit-message" }, code: "invalid_request" },
}
