// Records errors in a page and its frames: uncaught exceptions, policy violations, panics, dialogs.
import { expect, type Page } from "@playwright/test";

export class Witness {
  private complaints: string[] = [];

  private constructor() {}

  static async of(page: Page): Promise<Witness> {
    const witness = new Witness();
    const note = (what: string) => witness.complaints.push(what);
    page.on("pageerror", (error) => note(`uncaught: ${error.message}`));
    page.on("console", (message) => {
      if (/panicked|Content.Security.Policy/i.test(message.text())) note(`console: ${message.text()}`);
    });
    page.on("dialog", (dialog) => {
      note(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.exposeFunction("deskbellWitness", note);
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        const note = (window as unknown as { deskbellWitness(what: string): void }).deskbellWitness;
        note(`policy: ${event.violatedDirective} ${event.blockedURI} on ${event.documentURI}`);
      });
    });
    return witness;
  }

  /** Expects no errors other than those that match. */
  expectOnly(wanted: RegExp): void {
    this.complaints = this.complaints.filter((what) => !wanted.test(what));
    this.expectNothing();
  }

  expectNothing(): void {
    expect(this.complaints, "errors and violations in the page").toEqual([]);
  }
}
