// The browser that stands on this machine; Playwright's own is not needed.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

// As root, and in a container, Chromium runs without its sandbox or not at all.
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function findChromium(): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin"];
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

const executablePath = process.env.DESKBELL_CHROMIUM ?? findChromium();
if (!executablePath) throw new Error("Chromium is missing: install it, or name it in DESKBELL_CHROMIUM.");

export const chromium = {
  browserName: "chromium" as const,
  launchOptions: { executablePath, args: ARGS },
};
