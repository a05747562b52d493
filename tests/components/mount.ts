import { act, type ReactElement } from "react"
import { createRoot } from "react-dom/client"
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
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  const container = document.body.appendChild(document.createElement("div"))
  const root = createRoot(container)
  onTestFinished(() => {
    act(() => root.unmount())
    container.remove()
  })
  return { container, grow: (text) => act(async () => root.render(render(text))) }
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
