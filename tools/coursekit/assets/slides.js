/* The slide viewer. Without it the pages are a strip that scrolls sideways; this adds the ways to move in it. */
(() => {
  "use strict";

  const create = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const button = (className, label, act) => {
    const made = create("button", { type: "button", className, title: label, onclick: act });
    made.setAttribute("aria-label", label);
    return made;
  };

  /** A small picture of a slide, as a button that goes there. */
  function thumbnail(slide, number, act) {
    const image = slide.querySelector("img");
    const { width, height } = image;
    const small = create("img", { alt: "", loading: "lazy", decoding: "async" });
    small.width = image.getAttribute("width") || width;
    small.height = image.getAttribute("height") || height;
    small.src = image.src;
    const made = button("course-slides-thumb", `Page ${number}`, act);
    made.append(small);
    return made;
  }

  function addViewer(root) {
    const track = root.querySelector(".course-slides-track");
    const bar = root.querySelector(".course-slides-bar");
    const strip = root.querySelector(".course-slides-strip");
    const slides = [...track.children];
    let current = 0;
    let width = track.clientWidth;

    const go = (index) => {
      const target = slides[Math.min(Math.max(index, 0), slides.length - 1)];
      width = track.clientWidth; // else a change of size that nobody told of yet would lead back
      track.scrollTo({ left: target.offsetLeft - slides[0].offsetLeft, behavior: "instant" });
      settle();
    };

    const back = button("course-slides-step course-slides-back", "Previous page", () => go(current - 1));
    const on = button("course-slides-step course-slides-on", "Next page", () => go(current + 1));
    const position = create("a", { className: "course-slides-position", title: "Link to this page" });
    const whole = button("course-slides-whole", "Full screen", () => toggleFullScreen(root));
    const thumbs = slides.map((slide, index) => thumbnail(slide, index + 1, () => go(index)));

    /** Find the page that is in view; after a change of size, stay on the one that was. */
    function settle() {
      if (track.clientWidth !== width) {
        width = track.clientWidth;
        go(current);
      }
      const index = Math.round(track.scrollLeft / Math.max(width, 1));
      if (index !== current && slides[index]) tell(index);
    }

    /** Make everything tell that this page is in view. */
    function tell(index) {
      const thumb = thumbs[index];
      thumbs[current].removeAttribute("aria-current");
      thumb.setAttribute("aria-current", "true");
      current = index;
      strip.scrollTo({ left: thumb.offsetLeft - strip.offsetLeft - (strip.clientWidth - thumb.offsetWidth) / 2, behavior: "instant" });
      position.textContent = `${index + 1} / ${slides.length}`;
      position.href = `#${slides[index].id}`;
      back.disabled = index === 0;
      on.disabled = index === slides.length - 1;
      slides[index + 1]?.querySelector("img").setAttribute("loading", "eager"); // the next page is there before it is asked for
    }

    const KEYS = {
      ArrowLeft: () => go(current - 1),
      ArrowRight: () => go(current + 1),
      Home: () => go(0),
      End: () => go(slides.length - 1),
      f: () => toggleFullScreen(root),
    };

    root.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || !KEYS[event.key]) return;
      event.preventDefault();
      event.stopPropagation(); // the theme uses some of these keys too
      KEYS[event.key]();
    });
    track.addEventListener("scroll", () => requestAnimationFrame(settle), { passive: true });
    new ResizeObserver(settle).observe(track);
    track.tabIndex = -1; // the viewer itself takes the keys

    position.setAttribute("aria-live", "polite");
    bar.replaceChildren(back, position, on, ...(document.fullscreenEnabled ? [whole] : []));
    strip.replaceChildren(...thumbs);
    tell(0);
    openAt(location.hash);
    addEventListener("hashchange", () => openAt(location.hash));

    /** '#slides-7' shows page 7. */
    function openAt(hash) {
      const index = slides.findIndex((slide) => `#${slide.id}` === decodeURIComponent(hash));
      if (index < 0) return;
      root.scrollIntoView({ block: "start", behavior: "instant" });
      go(index);
    }
  }

  function toggleFullScreen(root) {
    if (document.fullscreenElement) document.exitFullscreen();
    else root.requestFullscreen?.().then(() => root.focus());
  }

  for (const root of document.querySelectorAll(".course-slides")) {
    if (root.querySelector(".course-slide")) addViewer(root);
  }
})();
