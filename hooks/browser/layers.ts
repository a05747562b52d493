/**
 * Something open above the page: a drawer, a menu, a dialog, a card, the panel, an inline editor, a search. Esc closes
 * only the one that was opened last. If none is open, Esc is the page's own shortcut.
 */
export interface Layer {
  /** its element: while that is hidden, as with the sidebar, Esc does not close the layer */
  element?: (() => Element | null) | undefined
  /** undefined: the browser closes it */
  close?: (() => void) | undefined
}

const opened: Layer[] = []

/**
 * Adds a layer.
 * @returns a function that removes it when it has been closed
 */
export function addLayer(layer: Layer): () => void {
  opened.push(layer)
  return () => {
    const index = opened.indexOf(layer)
    if (index >= 0) opened.splice(index, 1)
  }
}

export function isLayerOpen(): boolean {
  return topLayer() !== undefined
}

/**
 * Handles Esc, and tracks the page's popovers, until every caller has ended it.
 * @returns a function that ends it for this caller
 */
export function listenForLayers(): () => void {
  listeners++
  if (listeners === 1) {
    for (const popover of document.querySelectorAll(openPopovers)) opened.push(layerOf(popover))
    document.addEventListener("beforetoggle", notePopover, true)
    window.addEventListener("keydown", closeTopLayer)
  }
  return () => {
    listeners--
    if (listeners > 0) return
    document.removeEventListener("beforetoggle", notePopover, true)
    window.removeEventListener("keydown", closeTopLayer)
    forgetPopovers(() => true)
  }
}

let listeners = 0
const openPopovers = "[popover=auto]:popover-open"
const popovers = new WeakMap<Layer, Element>()

function closeTopLayer(event: KeyboardEvent): void {
  if (!isOwnEscape(event)) return
  const top = topLayer()
  if (!top?.close) return
  event.preventDefault()
  // A key that is held down closes only one layer.
  if (!event.repeat) top.close()
}

/** False for an Esc that is handled already, or that is for an input method or a browser's list of options. */
function isOwnEscape(event: KeyboardEvent): boolean {
  const hasModifier = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey
  if (event.key !== "Escape" || hasModifier || event.defaultPrevented) return false
  // In Safari a composition ends before its keydown; only the deprecated key code still tells.
  if (event.isComposing || event.keyCode === 229) return false
  return !(event.target instanceof HTMLSelectElement)
}

function topLayer(): Layer | undefined {
  // A popover that was removed from the page while open has sent no event.
  forgetPopovers((popover) => !popover.matches(openPopovers))
  return opened.findLast(({ element }) => {
    const shown = element?.()
    return !shown || (shown.checkVisibility?.({ visibilityProperty: true }) ?? true)
  })
}

/** Tracks popovers by the browser's own event, which also reports those opened without a script. */
function notePopover(event: Event): void {
  if (!(event.target instanceof HTMLElement) || event.target.popover !== "auto") return
  const { target } = event
  forgetPopovers((popover) => popover === target)
  if ("newState" in event && event.newState === "open") opened.push(layerOf(target))
}

function layerOf(popover: Element): Layer {
  const layer: Layer = {}
  popovers.set(layer, popover)
  return layer
}

function forgetPopovers(isGone: (popover: Element) => boolean): void {
  for (let index = opened.length - 1; index >= 0; index--) {
    const layer = opened[index]
    const popover = layer && popovers.get(layer)
    if (popover && isGone(popover)) opened.splice(index, 1)
  }
}
