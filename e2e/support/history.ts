// Helpers for long conversations: fast writers, and a reader that scrolls from the end to the beginning.
import type { Locator, Page } from "@playwright/test";

declare global {
  interface Window {
    isEnough?: boolean;
  }
}

/** Writes "Question `from`" … "Question `to`" as the visitor of this token, in a separate `page`. */
export async function writeMany(page: Page, token: string, from: number, to: number): Promise<void> {
  await page.evaluate(write, { token, from, to, inFlight: 100, pauseMs: 0 });
}

/** Writes ten messages a second until `stop` is called, which returns the number of the last one. */
export function writeOn(page: Page, token: string, from: number): { stop: () => Promise<number> } {
  const last = page.evaluate(write, { token, from, to: Number.MAX_SAFE_INTEGER, inFlight: 1, pauseMs: 100 });
  return {
    stop: async () => {
      await page.evaluate(() => (window.isEnough = true));
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
async function write(job: Job): Promise<number> {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/api/v1/socket`);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const waiting = new Map<number, (event: { type: string; conversation?: { id: string } }) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { reply_to: replyTo, event } = JSON.parse(data);
    waiting.get(replyTo)?.(event);
    waiting.delete(replyTo);
  });
  let id = 0;
  const ask = (command: object) =>
    new Promise<{ type: string; conversation?: { id: string } }>((resolve) => {
      waiting.set(++id, resolve);
      socket.send(JSON.stringify({ id, command }));
    });
  const welcome = await ask({ type: "hello", level: 1, token: job.token });
  const conversation_id = welcome.conversation?.id;
  const save = async (text: string) => {
    const saved = await ask({ type: "send", conversation_id, client_id: crypto.randomUUID(), text });
    if (saved.type !== "saved") throw new Error(JSON.stringify(saved));
  };
  window.isEnough = false;
  const unsaved: Promise<void>[] = [];
  let number = job.from;
  for (; number <= job.to && !window.isEnough; number++) {
    unsaved.push(save(`Question ${number}`));
    if (unsaved.length >= job.inFlight) await unsaved.shift();
    if (job.pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, job.pauseMs));
  }
  await Promise.all(unsaved);
  socket.close();
  return number - 1;
}

export interface Reading {
  /** The numbers that the page never contained, up to the newest at the start. */
  missed: number[];
  /** Numbers that the page contained twice at one time. */
  doubled: number[];
  /** The largest distance by which a visible line moved by itself. */
  farthestJumpPx: number;
  /** The largest number of lines in the page at one time. */
  mostLines: number;
}

/** Scrolls from the end to the beginning and records every line; `nearPx` from the top, older ones are fetched. */
export async function readUp(list: Locator, line: string, nearPx: number): Promise<Reading> {
  return list.evaluate(read, { line, nearPx });
}

// Runs in the browser.
async function read(list: Element, { line, nearPx }: { line: string; nearPx: number }): Promise<Reading> {
  const STEP_PX = 900;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const seen = new Set<number>();
  const reading: Reading = { missed: [], doubled: [], farthestJumpPx: 0, mostLines: 0 };
  const numberOf = (element: Element) => Number(/Question (\d+)/.exec(element.textContent ?? "")?.[1] ?? 0);
  const top = (element: Element) => element.getBoundingClientRect().top;
  // A reversed list begins at its end.
  const isTurned = getComputedStyle(list).flexDirection === "column-reverse";
  const above = () => list.scrollTop + (isTurned ? list.scrollHeight - list.clientHeight : 0);
  const look = (): Element[] => {
    const lines = [...list.querySelectorAll(line)];
    const numbers = lines.map(numberOf);
    reading.mostLines = Math.max(reading.mostLines, lines.length);
    numbers.forEach((number, index) => {
      if (number <= (numbers[index - 1] ?? 0)) reading.doubled.push(number);
      seen.add(number);
    });
    return lines;
  };
  const newest = Math.max(...look().map(numberOf));
  for (let round = 0; !seen.has(1); round++) {
    if (round > newest) throw new Error(`No way up from line ${[...seen].sort((a, b) => a - b)[0]}.`);
    list.scrollTop -= STEP_PX;
    const edge = top(list);
    const inSight = look().find((element) => element.getBoundingClientRect().bottom > edge);
    if (!inSight) throw new Error("Nothing is in sight.");
    const before = top(inSight);
    const first = numberOf(look()[0] ?? inSight);
    const isNearTop = above() < nearPx;
    // Near the top the page waits for older messages; elsewhere it updates within two frames.
    for (let n = 0; n < (isNearTop ? 600 : 2) && numberOf(look()[0] ?? inSight) === first; n++) await frame();
    await frame();
    reading.farthestJumpPx = Math.max(reading.farthestJumpPx, Math.abs(top(inSight) - before));
  }
  for (let number = 1; number <= newest; number++) if (!seen.has(number)) reading.missed.push(number);
  return reading;
}
