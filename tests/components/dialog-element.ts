/**
 * Adds what jsdom lacks of dialogs. Here and not in a test: files share a page, so the first one's would count for all.
 */
HTMLDialogElement.prototype.show ??= function () {
  this.open = true
}
HTMLDialogElement.prototype.showModal ??= HTMLDialogElement.prototype.show
HTMLDialogElement.prototype.close ??= function () {
  this.open = false
  this.dispatchEvent(new Event("close"))
}
