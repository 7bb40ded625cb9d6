// The lines of a thread, in one form for both sides.
import { expect } from "@playwright/test";

export interface Line {
  by: "visitor" | "agent";
  text: string;
}

export const visitor = (text: string): Line => ({ by: "visitor", text });
export const agent = (text: string): Line => ({ by: "agent", text });

interface Reader {
  lines(): Promise<Line[]>;
}

/** Polls until the assertion holds, with a shorter interval and a longer timeout than Playwright's defaults. */
export function eventually<T>(look: () => Promise<T>) {
  return expect.poll(look, { intervals: [30], timeout: 30_000 });
}

/** Expects that all readers see exactly these lines, each once, in this order. */
export async function expectAllToSee(lines: Line[], ...readers: Reader[]): Promise<void> {
  for (const reader of readers) await eventually(() => reader.lines()).toEqual(lines);
}
