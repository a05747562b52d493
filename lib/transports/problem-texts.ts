/** What the browser itself says of a request that failed. What a server refused it with, that server says (`lib/errors.ts`). */
export const problemTexts = {
  connectionLost: "The connection was lost. Nothing you wrote is lost; try again.",
  fileNotThrough: "The file did not get through.",
  notSent: "Not sent. It stays here for as long as this page does.",
  notStopped: "The server could not be reached, so the answer goes on. Stop it again.",
  nothingToSend: "There is no message to send.",
  notSearched: "The search could not reach the server. Try again in a moment.",
  unreadable: "The server gave no readable answer. Try again in a moment.",
}
