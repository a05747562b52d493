/** Checks every page and state: contrast in both themes, sizes of touch targets, screen readers, reduced motion. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { BrowserContext, Page } from "@playwright/test"
import type { AxeResults, RunOptions } from "axe-core"
import { expect } from "./world.ts"

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

const rules: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  resultTypes: ["violations"],
}

declare global {
  interface Window {
    axe: { run(options: RunOptions): Promise<AxeResults> }
  }
}

/** Before the first page of a context is opened. */
export async function prepareAudit(context: BrowserContext): Promise<void> {
  await context.addInitScript({ content: axeSource })
}

/** Reports every problem of the visible page as a soft failure, each with its element. */
export async function expectForEveryone(page: Page, state: string): Promise<void> {
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" })
  await page.evaluate(transitionsEnded)
  const found = await violationsIn(page, rules)
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" })
  found.push(...(await violationsIn(page, { ...rules, runOnly: { type: "rule", values: ["color-contrast"] } })))
  found.push(...(await page.evaluate(motions)))
  expect.soft(found, state).toEqual([])
  await expectToFit(page, state)
}

/** Checks that nothing is wider than the window, or smaller than a finger on a touch screen. */
export async function expectToFit(page: Page, state: string): Promise<void> {
  const isTouched = await page.evaluate(() => window.matchMedia("(pointer: coarse)").matches)
  const found = await page.evaluate(overflow)
  if (isTouched) found.push(...(await page.evaluate(smallTargets)))
  expect.soft(found, state).toEqual([])
}

async function violationsIn(page: Page, options: RunOptions): Promise<string[]> {
  const { violations } = await page.evaluate((wanted) => window.axe.run(wanted), options)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary = "" }) => `${id} at ${target.join(" ")}: ${failureSummary.replace(/\s+/g, " ")}`,
    ),
  )
}

/** Skips to the end of fade-ins that began while motion was still wanted. */
async function transitionsEnded(): Promise<void> {
  const begun = document.getAnimations().filter((animation) => animation instanceof CSSTransition)
  await Promise.allSettled(begun.map(({ finished }) => finished))
}

/** Finds motion although it is reduced. */
function motions(): string[] {
  return document
    .getAnimations()
    .filter((animation) => animation.playState === "running")
    .map((animation) => {
      const { effect } = animation
      const target = effect instanceof KeyframeEffect ? effect.target : null
      return `motion at ${target?.tagName.toLowerCase()}.${target?.className}`
    })
}

function overflow(): string[] {
  const wider = document.documentElement.scrollWidth - window.innerWidth
  return wider > 0 ? [`the page is ${wider} px wider than the window`] : []
}

/** Finds controls that are lower or narrower than a finger. Links within a line of text may be. */
function smallTargets(): string[] {
  const least = 44
  return [...document.querySelectorAll<HTMLElement>("a[href], button, summary, select, textarea, input")]
    .map((element) =>
      element.matches("[type=radio], [type=checkbox]") ? (element.closest("label") ?? element) : element,
    )
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .filter((element) => getComputedStyle(element).display !== "inline" && !element.matches(".sr-only:not(:focus)"))
    .filter((element) => !element.matches(".markdown input"))
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .filter(({ box }) => Math.round(box.width) < least || Math.round(box.height) < least)
    .map(({ element, box }) => {
      const name = element.getAttribute("aria-label") ?? element.textContent.trim().slice(0, 40)
      return `${element.tagName.toLowerCase()} “${name}” is only ${Math.round(box.width)} × ${Math.round(box.height)} px`
    })
}
