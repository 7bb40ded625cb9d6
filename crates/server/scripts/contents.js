// Marks the place in the contents of the API reference that is being read, and opens its group.

const contents = document.querySelector(".contents");
const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
const places = [...document.querySelectorAll("main [id]")].filter(({ id }) => links.has(id));
const wide = matchMedia("(min-width: 1000px)");
/** The group that was opened here and not by the reader: it closes when the reader leaves it. */
let opened;

const mark = () => {
  // The last place that begins above the upper third of the window.
  const line = innerHeight / 3;
  let current = places[0];
  for (const place of places) if (place.getBoundingClientRect().top <= line) current = place;
  const link = links.get(current?.id);
  if (!link || link.ariaCurrent) return;
  contents.querySelector("[aria-current]")?.removeAttribute("aria-current");
  link.ariaCurrent = "location";
  const group = link.closest("details");
  // On a narrow window the contents are above the text: an opening group would push the text away.
  if (!wide.matches) return;
  if (opened && opened !== group) opened.open = false;
  if (group && !group.open) opened = group;
  else if (opened !== group) opened = undefined;
  if (group) group.open = true;
  // Only the contents scroll, and only where they have a scroll bar of their own.
  const { top, bottom } = link.getBoundingClientRect();
  const frame = contents.getBoundingClientRect();
  if (contents.scrollHeight > contents.clientHeight && (top < frame.top || bottom > frame.bottom))
    contents.scrollTop += top - frame.top - frame.height / 3;
};

let isPlanned = false;
addEventListener(
  "scroll",
  () => {
    if (isPlanned) return;
    isPlanned = true;
    requestAnimationFrame(() => {
      isPlanned = false;
      mark();
    });
  },
  { passive: true },
);
mark();
