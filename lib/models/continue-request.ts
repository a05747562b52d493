/** How a model is asked to go on with an answer that broke off. The demo model knows the question when it hears it. */
const beginning = "Your last message broke off before its end."
/** Enough to find the place by; the whole message stands before the question anyway. */
const lastChars = 80

/** @param text what the model has said so far */
export function goOnQuestion(text: string): string {
  return `${beginning} It ends with ${JSON.stringify(text.slice(-lastChars).toWellFormed())}.
Go on with the very next character, in the middle of a word if need be; begin with the space or the line break where one belongs there.
Repeat nothing of it, and say nothing about the interruption.`
}

export function isGoOnQuestion(question: string): boolean {
  return question.startsWith(beginning)
}
