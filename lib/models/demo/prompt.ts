/** What a model sees of a conversation, read for the scripted models. */
import type { LanguageModelV4Prompt, LanguageModelV4ToolResultPart } from "@ai-sdk/provider"

/** The texts of the user's messages, oldest first. */
export function questionsOf(prompt: LanguageModelV4Prompt): string[] {
  return prompt
    .filter((message) => message.role === "user")
    .map((message) => message.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n"))
}

/** The same without what came along: a person's own words are the last of a message's texts. */
export function ownWordsOf(prompt: LanguageModelV4Prompt): string[] {
  return prompt
    .filter((message) => message.role === "user")
    .map((message) => message.content.findLast((part) => part.type === "text")?.text ?? "")
}

/** The results of the tools called in this turn: those after the last question. */
export function toolResultsSinceQuestion(prompt: LanguageModelV4Prompt): LanguageModelV4ToolResultPart[] {
  return sinceQuestion(prompt)
    .filter((message) => message.role === "tool")
    .flatMap((message) => message.content)
    .filter((part) => part.type === "tool-result")
}

/** What the model itself has said in this turn. */
export function textSinceQuestion(prompt: LanguageModelV4Prompt): string {
  return sinceQuestion(prompt)
    .filter((message) => message.role === "assistant")
    .flatMap((message) => message.content)
    .map((part) => (part.type === "text" ? part.text : ""))
    .join("")
}

function sinceQuestion(prompt: LanguageModelV4Prompt): LanguageModelV4Prompt {
  return prompt.slice(prompt.findLastIndex((message) => message.role === "user") + 1)
}
