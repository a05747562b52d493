/** Asks a model to continue an answer that broke off. The demo model recognises the request by its beginning. */
const beginning = "Your last message broke off before its end."
/** Enough to locate the end; the whole message precedes the request anyway. */
const lastChars = 80

/** Builds the request. @param text the answer so far */
export function continueRequest(text: string): string {
  return `${beginning} It ends with ${JSON.stringify(text.slice(-lastChars).toWellFormed())}.
Go on with the very next character, in the middle of a word if need be; begin with the space or the line break where one belongs there.
Repeat nothing of it, and say nothing about the interruption.`
}

export function isContinueRequest(question: string): boolean {
  return question.startsWith(beginning)
}
