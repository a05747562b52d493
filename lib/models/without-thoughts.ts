import { thinkTags } from "#lib/models/openai/reader/think-tags.ts"

/** Removes thoughts between tags from a complete text. */
export function withoutThoughts(text: string): string {
  const tags = thinkTags({ beginsThinking: false })
  let kept = ""
  for (const segment of [...tags.add(text), ...tags.end(true)]) {
    if (segment.kind === "text") kept += segment.text
    else if (segment.kind === "was-thought") kept = ""
  }
  return kept
}

/** Recognises a model's refusal, which must not become a title or a summary. */
export function isRefusal(text: string): boolean {
  return refusals.test(text.trimStart().slice(0, 200))
}

const refusals =
  /^(?:(?:i['’]?m|i am|we(?:['’]re| are)) (?:\w+ )?(?:sorry|unable|not able)|sorry\b|i (?:can['’]?t|cannot|can not|could not|couldn['’]t|won['’]?t|will not|do not have|don['’]t have|must decline|apologi[sz]e)|as an? (?:ai|large|language)|unfortunately\b|no (?:conversation|content|messages?) (?:was|were|is)\b|es tut mir leid|leider\b|désolé|je (?:suis désolé|ne peux pas)|lo siento|desculpe|mi dispiace|抱歉|对不起|申し訳)/i
