import { z } from "zod"
import type { Address } from "../operation.ts"
import { fileName, idInPath } from "../parameters.ts"
import { deletedShape, fileShape } from "../shapes/chats.ts"

const fileId = idInPath("fileId")

export const files: Record<string, Address> = {
  "/api/files": {
    post: {
      tag: "Files",
      summary: "Uploads a file",
      access: "user",
      parameters: [fileName],
      body: {
        file: "The bytes of one PNG, JPEG, WebP, GIF, PDF or text, at most 10 MB.",
        example: "Redis keeps streams.",
      },
      replies: { 201: { description: "It is stored.", json: fileShape } },
      refusals: [
        "unsupported_file_type",
        "unsupported_encoding",
        "unreadable_text",
        "empty_file",
        "file_too_large",
        "file_quota_exceeded",
        "request_timeout",
        "files_unavailable",
      ],
    },
  },
  "/api/files/{fileId}": {
    get: {
      tag: "Files",
      summary: "Gives a file to its owner",
      access: "user",
      parameters: [fileId],
      replies: {
        200: {
          description: "Its bytes: a picture to be shown, anything else as a download.",
          media: "*/*",
          headers: { "content-disposition": z.string() },
        },
      },
      refusals: ["file_not_found", "files_unavailable"],
    },
    delete: {
      tag: "Files",
      summary: "Removes a file that no message names",
      access: "user",
      parameters: [fileId],
      replies: { 200: { description: "It is removed.", json: deletedShape } },
      refusals: ["file_not_found", "file_in_use", "files_unavailable"],
    },
  },
}
