import { thinkTags } from "#lib/models/openai/reader/think-tags.ts"

/** @returns the words of a whole text, without the thoughts that stand in it between tags */
export function withoutThoughts(text: string): string {
  const tags = thinkTags({ beginsThinking: false })
  let words = ""
  for (const said of [...tags.take(text), ...tags.end(true)]) {
    if (said.kind === "text") words += said.text
    else if (said.kind === "was-thought") words = ""
  }
  return words
}

/** A model that will not do what was asked says so in one of these ways: that is no title, and no summary either. */
export function isRefusal(text: string): boolean {
  return refusals.test(text.trimStart().slice(0, 200))
}

const refusals =
  /^(?:(?:i['’]?m|i am|we(?:['’]re| are)) (?:\w+ )?(?:sorry|unable|not able)|sorry\b|i (?:can['’]?t|cannot|can not|could not|couldn['’]t|won['’]?t|will not|do not have|don['’]t have|must decline|apologi[sz]e)|as an? (?:ai|large|language)|unfortunately\b|no (?:conversation|content|messages?) (?:was|were|is)\b|es tut mir leid|leider\b|désolé|je (?:suis désolé|ne peux pas)|lo siento|desculpe|mi dispiace|抱歉|对不起|申し訳)/i
