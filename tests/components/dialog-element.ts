/**
 * Adds the dialog methods that jsdom lacks. It is not in a test, because files share a page and the first would win.
 */
HTMLDialogElement.prototype.show ??= function () {
  this.open = true
}
HTMLDialogElement.prototype.showModal ??= HTMLDialogElement.prototype.show
HTMLDialogElement.prototype.close ??= function () {
  this.open = false
  this.dispatchEvent(new Event("close"))
}
