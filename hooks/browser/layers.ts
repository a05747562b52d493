/**
 * What lies open above the page: a drawer, a menu, a dialog, a card, the panel, a field that takes something's place, a
 * search. Esc means the one on top, which is the one that was opened last, and nothing besides; where none is open, it is
 * the page's own.
 */
export interface Layer {
  /** Where it is to be seen: what is hidden with the sidebar, Esc cannot mean. */
  element?: (() => Element | null) | undefined
  /** undefined: the browser closes it by itself */
  close?: (() => void) | undefined
}

const opened: Layer[] = []

/** @returns what says that it is not open any more */
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

/** Hears Esc, and of the page's popovers, for as long as anybody has asked for it. @returns what ends that */
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
  // A key that is held down means the first only.
  if (!event.repeat) top.close()
}

/** Not one that somebody has taken, nor one for an input method or for a list of options that the page cannot see. */
function isOwnEscape(event: KeyboardEvent): boolean {
  const hasModifier = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey
  if (event.key !== "Escape" || hasModifier || event.defaultPrevented) return false
  // Safari ends a composition before its keydown, which only the old key code still tells.
  if (event.isComposing || event.keyCode === 229) return false
  return !(event.target instanceof HTMLSelectElement)
}

function topLayer(): Layer | undefined {
  // One that was taken out of the page while it was open has told nobody.
  forgetPopovers((popover) => !popover.matches(openPopovers))
  return opened.findLast(({ element }) => {
    const shown = element?.()
    return !shown || (shown.checkVisibility?.({ visibilityProperty: true }) ?? true)
  })
}

/** The browser's own event, also where a popover was opened without a script. */
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
