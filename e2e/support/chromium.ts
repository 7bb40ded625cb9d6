// The browsers that are installed on this machine; Playwright's own is not needed.
//
// Tests run in Chromium's headless shell, as Playwright does by default: the same engine without the
// browser's own windows. A spec takes less than half the processor time that it takes in Chromium 156,
// which starts a renderer for the toolbar of each window. Chromium itself is used where the shell is not
// installed, with --headed, and by the tests that need a profile, which the shell does not read.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const SHELL = ["chromium-headless-shell"];
const CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

// As root, and in a container, Chromium starts only without its sandbox.
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

function find(names: string[]): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin"];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

function browser(names: string[]) {
  const executablePath = process.env.DESKBELL_CHROMIUM ?? find(names);
  if (!executablePath) throw new Error("Chromium is missing: install it, or name it in DESKBELL_CHROMIUM.");
  return { browserName: "chromium" as const, launchOptions: { executablePath, args: ARGS } };
}

// Workers inherit the runner's environment, not its arguments.
if (process.argv.includes("--headed")) process.env.DESKBELL_HEADED = "1";
const headed = Boolean(process.env.DESKBELL_HEADED);

/** The browser of most tests. */
export const chromium = browser(headed ? CHROMIUM : [...SHELL, ...CHROMIUM]);

/** Chromium with the settings of a profile. */
export const chromiumWithProfile = browser(CHROMIUM);
