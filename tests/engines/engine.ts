/** A browser other than Chromium, controlled by the commands of the WebDriver standard. */

/** The commands used here, as HTTP has them. */
export const commands = {
  Navigate: ["POST", "/url"],
  Back: ["POST", "/back"],
  Refresh: ["POST", "/refresh"],
  ExecuteScript: ["POST", "/execute/sync"],
  GetWindowHandle: ["GET", "/window"],
  NewWindow: ["POST", "/window/new"],
  SwitchToWindow: ["POST", "/window"],
  CloseWindow: ["DELETE", "/window"],
} as const
export type Command = keyof typeof commands

export interface Engine {
  readonly name: string
  /** @returns the command's value @throws the browser's error message */
  call(command: Command, parameters?: Record<string, unknown>): Promise<unknown>
  close(): Promise<void>
}

/** A window of it. Only one is spoken to at a time: each call goes to its own first. */
export class Page {
  readonly #engine: Engine
  readonly #handle: string

  constructor(engine: Engine, handle: string) {
    this.#engine = engine
    this.#handle = handle
  }

  async #call(command: Command, parameters: Record<string, unknown> = {}): Promise<unknown> {
    await this.#engine.call("SwitchToWindow", { handle: this.#handle })
    return this.#engine.call(command, parameters)
  }

  /** @returns once it is loaded */
  async open(url: string): Promise<void> {
    await this.#call("Navigate", { url })
  }

  async back(): Promise<void> {
    await this.#call("Back")
  }

  async reload(): Promise<void> {
    await this.#call("Refresh")
  }

  async close(): Promise<void> {
    await this.#call("CloseWindow")
  }

  /** Runs a function in the page, and awaits it there. It sees nothing but its arguments, which are JSON. */
  async run<Value, Given extends unknown[]>(
    program: (...given: Given) => Value | Promise<Value>,
    ...given: Given
  ): Promise<Value> {
    const script = `return (${program.toString()})(...arguments)`
    return (await this.#call("ExecuteScript", { script, args: given })) as Value // JSON of what it returns
  }
}

export async function openPage(engine: Engine): Promise<Page> {
  const { handle } = (await engine.call("NewWindow", { type: "window" })) as { handle: string } // as the standard has it
  return new Page(engine, handle)
}
