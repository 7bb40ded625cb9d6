// What stands in a thread, the same from both sides of it.
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

/** Looks until it is so: sooner than Playwright would look again, and longer. */
export function eventually<T>(look: () => Promise<T>) {
  return expect.poll(look, { intervals: [30], timeout: 30_000 });
}

/** Everyone sees exactly these words, each once, in this order. */
export async function expectAllToSee(lines: Line[], ...readers: Reader[]): Promise<void> {
  for (const reader of readers) await eventually(() => reader.lines()).toEqual(lines);
}
