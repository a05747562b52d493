/** Reads prompts for the scripted models. */
import type { LanguageModelV4Prompt, LanguageModelV4ToolResultPart } from "@ai-sdk/provider"

/** Returns the texts of the user's messages, oldest first. */
export function questionsOf(prompt: LanguageModelV4Prompt): string[] {
  return prompt
    .filter((message) => message.role === "user")
    .map((message) => message.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n"))
}

/** Returns what the user typed in each message: the last of its texts, after those of files. */
export function ownWordsOf(prompt: LanguageModelV4Prompt): string[] {
  return prompt
    .filter((message) => message.role === "user")
    .map((message) => message.content.findLast((part) => part.type === "text")?.text ?? "")
}

/** Returns the results of the tools called in this turn: those after the last question. */
export function toolResultsSinceQuestion(prompt: LanguageModelV4Prompt): LanguageModelV4ToolResultPart[] {
  return sinceQuestion(prompt)
    .filter((message) => message.role === "tool")
    .flatMap((message) => message.content)
    .filter((part) => part.type === "tool-result")
}

/** Returns the text that the model has written in this turn. */
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
