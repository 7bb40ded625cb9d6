// Helpers for long conversations: senders of many messages, and a function that scrolls from the end to the beginning.
import type { Locator, Page } from "@playwright/test";

declare global {
  interface Window {
    isStopped?: boolean;
  }
}

/** Sends "Question `from`" … "Question `to`" as the visitor of this token, in a separate `page`. */
export async function sendMany(page: Page, token: string, from: number, to: number): Promise<void> {
  await page.evaluate(sendNumbered, { token, from, to, inFlight: 100, pauseMs: 0 });
}

/** Sends ten messages a second until `stop` is called, which returns the number of the last one. */
export function sendContinuously(page: Page, token: string, from: number): { stop: () => Promise<number> } {
  const last = page.evaluate(sendNumbered, { token, from, to: Number.MAX_SAFE_INTEGER, inFlight: 1, pauseMs: 100 });
  return {
    stop: async () => {
      await page.evaluate(() => (window.isStopped = true));
      return last;
    },
  };
}

interface Job {
  token: string;
  from: number;
  to: number;
  /** The maximum number of unacknowledged messages. */
  inFlight: number;
  pauseMs: number;
}

// Runs in the browser.
async function sendNumbered(job: Job): Promise<number> {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/api/v1/socket`);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const pending = new Map<number, (event: { type: string; conversation?: { id: string } }) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { reply_to: replyTo, event } = JSON.parse(data);
    pending.get(replyTo)?.(event);
    pending.delete(replyTo);
  });
  let id = 0;
  const request = (command: object) =>
    new Promise<{ type: string; conversation?: { id: string } }>((resolve) => {
      pending.set(++id, resolve);
      socket.send(JSON.stringify({ id, command }));
    });
  const welcome = await request({ type: "hello", level: 1, token: job.token });
  const conversation_id = welcome.conversation?.id;
  const send = async (text: string) => {
    const saved = await request({ type: "send", conversation_id, client_id: crypto.randomUUID(), text });
    if (saved.type !== "saved") throw new Error(JSON.stringify(saved));
  };
  window.isStopped = false;
  const unsaved: Promise<void>[] = [];
  let number = job.from;
  for (; number <= job.to && !window.isStopped; number++) {
    unsaved.push(send(`Question ${number}`));
    if (unsaved.length >= job.inFlight) await unsaved.shift();
    if (job.pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, job.pauseMs));
  }
  await Promise.all(unsaved);
  socket.close();
  return number - 1;
}

export interface ScrollReport {
  /** The numbers that the page never contained, up to the newest at the start. */
  missing: number[];
  /** Numbers that the page contained twice at one time. */
  duplicated: number[];
  /** The largest distance by which a visible row moved by itself. */
  largestJumpPx: number;
  /** The largest number of rows in the page at one time. */
  mostRows: number;
}

/** Scrolls from the end to the beginning and records every row; `nearPx` from the top, older ones are fetched. */
export async function scrollToStart(list: Locator, row: string, nearPx: number): Promise<ScrollReport> {
  return list.evaluate(scroll, { row, nearPx });
}

// Runs in the browser.
async function scroll(list: Element, { row, nearPx }: { row: string; nearPx: number }): Promise<ScrollReport> {
  const STEP_PX = 900;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const seen = new Set<number>();
  const report: ScrollReport = { missing: [], duplicated: [], largestJumpPx: 0, mostRows: 0 };
  const numberOf = (element: Element) => Number(/Question (\d+)/.exec(element.textContent ?? "")?.[1] ?? 0);
  const top = (element: Element) => element.getBoundingClientRect().top;
  // A reversed list begins at its end.
  const isReversed = getComputedStyle(list).flexDirection === "column-reverse";
  const above = () => list.scrollTop + (isReversed ? list.scrollHeight - list.clientHeight : 0);
  const recordRows = (): Element[] => {
    const rows = [...list.querySelectorAll(row)];
    const numbers = rows.map(numberOf);
    report.mostRows = Math.max(report.mostRows, rows.length);
    numbers.forEach((number, index) => {
      if (number <= (numbers[index - 1] ?? 0)) report.duplicated.push(number);
      seen.add(number);
    });
    return rows;
  };
  const newest = Math.max(...recordRows().map(numberOf));
  for (let round = 0; !seen.has(1); round++) {
    if (round > newest) throw new Error(`The list does not scroll up from row ${[...seen].sort((a, b) => a - b)[0]}.`);
    list.scrollTop -= STEP_PX;
    const edge = top(list);
    const visible = recordRows().find((element) => element.getBoundingClientRect().bottom > edge);
    if (!visible) throw new Error("No row is visible.");
    const before = top(visible);
    const first = numberOf(recordRows()[0] ?? visible);
    const isNearTop = above() < nearPx;
    // Near the top the page waits for older messages; elsewhere it updates within two frames.
    for (let n = 0; n < (isNearTop ? 600 : 2) && numberOf(recordRows()[0] ?? visible) === first; n++) await frame();
    await frame();
    report.largestJumpPx = Math.max(report.largestJumpPx, Math.abs(top(visible) - before));
  }
  for (let number = 1; number <= newest; number++) if (!seen.has(number)) report.missing.push(number);
  return report;
}
