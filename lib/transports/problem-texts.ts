/** What the browser itself says of a request that failed. What a server refused it with, that server says (`lib/errors.ts`). */
export const problemTexts = {
  asksForSignIn:
    "Something in front of this server refused the request; it may want a sign-in of its own. Nothing you wrote is lost: keep a copy, reload the page, and try again.",
  connectionLost: "The connection was lost. Nothing you wrote is lost; try again.",
  fileNotThrough: "The file did not get through.",
  fileTooLarge: "A proxy in front of this server refuses files this large. Attach a smaller one.",
  messageTooLarge:
    "A proxy in front of this server refuses messages this large. Nothing was sent; shorten it, or attach less to it.",
  notSent: "Not sent. It stays here for as long as this page does.",
  notStopped: "The server could not be reached, so the answer goes on. Stop it again.",
  nothingToSend: "There is no message to send.",
  notSearched: "The search could not reach the server. Try again in a moment.",
  refusedOnTheWay: "Something in front of this server refused the request. Nothing you wrote is lost; try again.",
  serverAway:
    "The server is away, and something in front of it answers in its place. Nothing you wrote is lost; try again in a moment.",
  tooOften: "A proxy in front of this server lets no more requests through for now. Wait a moment and try again.",
  unreadable: "The server gave no readable answer. Try again in a moment.",
}
