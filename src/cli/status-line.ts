const REDRAWN_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
/** Work that ends sooner than this shows nothing on a terminal, … */
const SILENT_MS = 1_000;
/** … and writes no line elsewhere. */
const FIRST_LINE_MS = 2_000;

/**
 * One line on standard error that says how far something is: on a terminal it is redrawn, otherwise it is written anew
 * after 2 s and every 10 s. Time counts from the first update.
 */
export class StatusLine implements Disposable {
  /** Whether the line is redrawn. */
  readonly isBar = process.stderr.isTTY;
  #began: number | null = null;
  #next = this.isBar ? SILENT_MS : FIRST_LINE_MS;
  #drawn = false;

  /** @param quiet Shows nothing at all. */
  constructor(private readonly quiet: boolean) {}

  /** @param line Is asked for where it is shown. */
  update(line: () => string): void {
    const now = performance.now();
    this.#began ??= now;
    const passed = now - this.#began;
    if (this.quiet || passed < this.#next) return;
    if (this.isBar) {
      this.#next = passed + REDRAWN_EVERY_MS;
      process.stderr.write(`\r\u001b[2K${line().slice(0, (process.stderr.columns || 80) - 1)}`);
      this.#drawn = true;
    } else {
      this.#next = (Math.floor(passed / LINE_EVERY_MS) + 1) * LINE_EVERY_MS;
      process.stderr.write(`${line()}\n`);
    }
  }

  /** Writes a line of its own, above the one that is redrawn. */
  say(line: string): void {
    if (this.quiet) return;
    this.clear();
    process.stderr.write(`${line}\n`);
  }

  /** Takes the line off the screen, before something else is written there. */
  clear(): void {
    if (this.#drawn) process.stderr.write('\r\u001b[2K');
    this.#drawn = false;
  }

  [Symbol.dispose](): void {
    this.clear();
  }
}
