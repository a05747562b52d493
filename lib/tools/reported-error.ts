/** What a tool itself says went wrong, in words for the model and for whoever reads the chat. */
export class ReportedError extends Error {
  override readonly name = "ReportedError"
}
