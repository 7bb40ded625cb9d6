// The server's time zones beside the browser's: the offset of every zone on the first of each month of this and
// the next year. A difference must be known, with its reason.
import { expect, test } from "../support/test.js";

test.use({ demo: false });

interface TimeZones {
  version: string;
  zones: { name: string; offset_seconds: number }[];
}

/** Zones whose offsets may differ, and why the server is right. */
const KNOWN: Record<string, string> = {
  "America/Havana": "tzdata 2026f: Cuba stays at −04:00 through the winter",
  Cuba: "an old name of America/Havana",
};

test("every zone has the browser's offset, except for known differences", async ({ owner, carla }) => {
  const year = new Date().getUTCFullYear();
  const times = Array.from({ length: 24 }, (_, month) => Date.UTC(year, month, 1, 12));
  const first = await owner.get<TimeZones>(`/api/v1/business-hours/time-zones?at=${times[0]}`);
  const names = first.zones.map(({ name }) => name);
  const server = new Map(names.map((name) => [name, [] as number[]]));
  for (const at of times) {
    const { zones, version } = await owner.get<TimeZones>(`/api/v1/business-hours/time-zones?at=${at}`);
    expect(version).toBe(first.version);
    for (const { name, offset_seconds } of zones) server.get(name)!.push(offset_seconds);
  }
  const browser = await carla.page.evaluate(browserOffsets, { names, times });

  const differences: string[] = [];
  const unknown: string[] = [];
  for (const name of names) {
    const [ours, theirs] = [server.get(name)!, browser[name]!];
    const months = times.filter((_, index) => ours[index] !== theirs[index]).map((at) => new Date(at).toISOString().slice(0, 7));
    if (months.length === 0) continue;
    const isMissing = theirs.every((offset) => offset === null);
    const how = isMissing ? "the browser does not know this name" : `${months.join(" ")}: ${KNOWN[name] ?? "not known"}`;
    differences.push(`${name}: ${how}`);
    if (KNOWN[name] === undefined) unknown.push(`${name}: ${how}`);
  }
  console.log(`${names.length} zones of ${first.version} beside ${carla.page.context().browser()?.version()}`);
  for (const difference of differences) console.log(`  ${difference}`);
  expect(unknown).toEqual([]);
  expect(names.length).toBeGreaterThan(500);
});

/** The browser's offsets in seconds; `null` for names that it does not know. */
function browserOffsets({ names, times }: { names: string[]; times: number[] }): Record<string, (number | null)[]> {
  const offset = (name: string): ((at: number) => number | null) => {
    let format: Intl.DateTimeFormat;
    try {
      format = new Intl.DateTimeFormat("en", { timeZone: name, timeZoneName: "longOffset" });
    } catch {
      return () => null;
    }
    return (at) => {
      const written = format.formatToParts(at).find(({ type }) => type === "timeZoneName")!.value;
      const [, sign, hours, minutes, seconds] = /^GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(written)!;
      const total = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
      return sign === "-" ? -total : total;
    };
  };
  return Object.fromEntries(names.map((name) => [name, times.map(offset(name))]));
}
