// Records errors in a page and its frames: uncaught exceptions, policy violations, panics, dialogs.
import { expect, type Page } from "@playwright/test";

export class PageErrors {
  private errors: string[] = [];

  private constructor() {}

  /** Starts to record the errors of a page. */
  static async record(page: Page): Promise<PageErrors> {
    const recorder = new PageErrors();
    const add = (error: string) => recorder.errors.push(error);
    page.on("pageerror", (error) => add(`uncaught: ${error.message}`));
    page.on("console", (message) => {
      if (/panicked|Content.Security.Policy/i.test(message.text())) add(`console: ${message.text()}`);
    });
    page.on("dialog", (dialog) => {
      add(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.exposeFunction("recordPageError", add);
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        const add = (window as unknown as { recordPageError(error: string): void }).recordPageError;
        add(`policy: ${event.violatedDirective} ${event.blockedURI} on ${event.documentURI}`);
      });
    });
    return recorder;
  }

  /** Expects no errors other than those that match. */
  expectOnly(expected: RegExp): void {
    this.errors = this.errors.filter((error) => !expected.test(error));
    this.expectNone();
  }

  expectNone(): void {
    expect(this.errors, "errors and violations in the page").toEqual([]);
  }
}
