/** The browser's own texts about failed requests. Our server's refusals have their texts in `lib/errors.ts`. */
export const problemTexts = {
  asksForSignIn:
    "Something in front of this server refused the request, and may require its own sign-in. Nothing you wrote is lost: keep a copy, reload the page, and try again.",
  connectionLost: "The connection was lost. Nothing you wrote is lost; try again.",
  fileNotThrough: "The file could not be uploaded.",
  fileTooLarge: "A proxy in front of this server refuses files this large. Attach a smaller one.",
  messageTooLarge:
    "A proxy in front of this server refuses messages this large. Nothing was sent; shorten it, or attach less.",
  notSent: "Not sent. Your message stays here until you leave this page.",
  notStopped: "The server could not be reached, so the answer is still being written. Try to stop it again.",
  nothingToSend: "There is no message to send.",
  notSearched: "The search could not reach the server. Try again in a moment.",
  refusedOnTheWay: "Something in front of this server refused the request. Nothing you wrote is lost; try again.",
  serverAway: "The server is temporarily unavailable. Nothing you wrote is lost; try again in a moment.",
  tooOften: "Too many requests: a proxy in front of this server is blocking them for now. Wait a moment and try again.",
  unreadable: "The server sent an unreadable response. Try again in a moment.",
}
