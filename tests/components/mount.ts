import { act, type ReactElement } from "react"
import { createRoot, hydrateRoot, type Root } from "react-dom/client"
import { renderToString } from "react-dom/server"
import { onTestFinished } from "vitest"

/** Renders into a page of its own, and removes it after the test. */
export async function mount(element: ReactElement): Promise<HTMLElement> {
  const { container, grow } = await mountGrowing(() => element)
  await grow("")
  return container
}

/** Renders a growing text step by step into a page of its own. */
export async function mountGrowing(
  render: (text: string) => ReactElement,
): Promise<{ container: HTMLElement; grow(text: string): Promise<void> }> {
  const container = ownPage()
  const root = createRoot(container)
  removeAfterTest(container, root)
  return { container, grow: (text) => act(async () => root.render(render(text))) }
}

/**
 * Renders as the server does, then hydrates that.
 * @param early what the user does to the page before it is hydrated
 */
export async function hydrate(element: ReactElement, early: (container: HTMLElement) => void): Promise<HTMLElement> {
  const container = ownPage()
  container.innerHTML = renderToString(element)
  early(container)
  removeAfterTest(container, await act(async () => hydrateRoot(container, element)))
  return container
}

function ownPage(): HTMLElement {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  return document.body.appendChild(document.createElement("div"))
}

function removeAfterTest(container: HTMLElement, root: Root): void {
  onTestFinished(() => {
    act(() => root.unmount())
    container.remove()
  })
}

/** @throws if there is none, so that a test cannot pass without its element */
export function find<Found extends HTMLElement = HTMLElement>(container: HTMLElement, selector: string): Found {
  const found = container.querySelector<Found>(selector)
  if (!found) throw new Error(`There is no ${selector} in: ${container.innerHTML}`)
  return found
}

export function byTestId<Found extends HTMLElement = HTMLElement>(container: HTMLElement, testId: string): Found {
  return find<Found>(container, `[data-testid="${testId}"]`)
}
