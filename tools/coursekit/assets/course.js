/* Times, weeks, filters and sounds. Every page can be read without this file. */
(() => {
  "use strict";

  const DAY = 24 * 60 * 60 * 1000;
  const now = Date.now();
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  /* --- times in the reader's own zone ---------------------------------------------------------------- */

  const two = (number) => String(number).padStart(2, "0");
  const clock = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`;
  const isoDay = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "long" });

  /** Fill the place beside a session's time, unless the reader's clock shows the same. */
  function addOwnTime(session) {
    const start = new Date(session.dateTime);
    const clocks = `${clock(start)}–${clock(new Date(session.dataset.end))}`;
    const sameDay = isoDay(start) === session.dataset.day;
    const place = session.parentElement.querySelector("[data-course-own-time]");
    if (!place || (sameDay && clocks === session.dataset.clock)) return;
    place.textContent = `${sameDay ? "" : `${weekday.format(start)} `}${clocks} your time`;
  }

  /* --- past, now, to come ---------------------------------------------------------------------------- */

  const endOf = (element) => Date.parse(element.dataset.end);
  const startOf = (element) => Date.parse(element.dataset.start);

  /** Mark each week of a list or table; answers with the current one: its session is on, or less than a week away. */
  function markWeeks(list) {
    const weeks = all("[data-start][data-end]", list);
    const next = weeks.find((week) => endOf(week) > now);
    const current = next && startOf(next) - now < 7 * DAY ? next : undefined;
    for (const week of weeks) {
      week.dataset.state = week === current ? "now" : endOf(week) <= now ? "past" : "to-come";
    }
    current?.setAttribute("aria-current", "date");
    return current;
  }

  /** Bring the current week into view, but never against somebody who came for an anchor or has scrolled. */
  function bringIntoView(row) {
    const { top, bottom } = row.getBoundingClientRect();
    if (location.hash || scrollY > 0 || (top >= 0 && bottom <= innerHeight)) return;
    row.scrollIntoView({ block: "center", behavior: calm() ? "instant" : "smooth" });
  }

  /** Home: the next session, or that the term is over. The page was built with a guess. */
  function showNextSession(box) {
    const sessions = all("[data-start][data-end]", box);
    const next = sessions.find((session) => endOf(session) > now);
    for (const session of sessions) session.hidden = session !== next;
    all("[data-course-over]", box).forEach((over) => (over.hidden = Boolean(next)));
  }

  /* --- filter as you type ---------------------------------------------------------------------------- */

  /** Each heading with what stands below it on the page, so that a heading over nothing can go too. */
  function sectionsOf(items) {
    const parts = new Set(items.map((item) => item.closest(".course-part")));
    return [...parts].filter(Boolean).map((part) => ({
      heading: part.previousElementSibling?.matches("h2") ? part.previousElementSibling : null,
      items: items.filter((item) => part.contains(item)),
    }));
  }

  function addFilter(box) {
    const input = box.querySelector("input");
    const count = box.querySelector("[data-course-count]");
    const items = all(box.dataset.courseFilter);
    const words = new Map(items.map((item) => [item, item.textContent.toLowerCase()]));
    const sections = sectionsOf(items);
    const apply = () => {
      const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const item of items) item.hidden = !wanted.every((word) => words.get(item).includes(word));
      for (const { heading, items: below } of sections) {
        if (heading) heading.hidden = below.every((item) => item.hidden);
      }
      const shown = items.filter((item) => !item.hidden).length;
      count.textContent = wanted.length ? `${shown} of ${items.length}` : "";
    };
    input.addEventListener("input", apply);
    apply();
  }

  /* --- sounds, printing ------------------------------------------------------------------------------ */

  /** Only one sound at a time. */
  function silenceOthers(event) {
    for (const sound of all("audio, video")) if (sound !== event.target) sound.pause();
  }

  /** On paper nothing can be unfolded; where runs come from, and all their pictures, would be half of it. */
  function unfold() {
    for (const fold of all(".md-content details:not([open], .course-provenance)")) {
      fold.open = true;
      addEventListener("afterprint", () => (fold.open = false), { once: true });
    }
  }

  all("time.course-session").forEach(addOwnTime);
  const current = all(".course-strip, .course-schedule, .course-weeks").map(markWeeks);
  all("[data-course-next]").forEach(showNextSession);
  all("[data-course-filter]").forEach(addFilter);
  document.addEventListener("play", silenceOthers, true);
  addEventListener("beforeprint", unfold);
  const row = current.find((week) => week?.matches("tr"));
  if (row) addEventListener("load", () => bringIntoView(row), { once: true });
})();
