/* Mathematics and diagrams. Their libraries lie beside this file and are loaded by the pages that need them. */
(() => {
  "use strict";

  const vendor = new URL("vendor/", document.currentScript.src);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  const load = (path) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL(path, vendor).href;
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${path} could not be loaded`));
      document.head.append(script);
    });

  const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  /* --- mathematics ----------------------------------------------------------------------------------- */

  const FORMULA = /^\s*\\([([])([\s\S]*)\\[)\]]\s*$/;
  const INLINE = /\\\((.+?)\\\)/;

  /** Typeset one formula into `element`; what KaTeX can't read stays as its source. */
  function typeset(element, tex, displayMode) {
    const made = document.createElement("span");
    try {
      window.katex.render(tex, made, { displayMode, throwOnError: true, strict: "ignore", trust: false, maxSize: 40, maxExpand: 1000 });
      element.replaceChildren(...made.childNodes);
    } catch (error) {
      element.classList.add("course-unset");
      element.title = error.message;
    }
  }

  function typesetFormula(element) {
    const found = FORMULA.exec(element.textContent);
    if (found) typeset(element, found[2], found[1] === "[");
  }

  /** Formulas in the titles that the theme repeats as plain text: contents, navigation, header, footer. */
  function typesetTitle(element) {
    const parts = element.textContent.split(INLINE);
    element.replaceChildren(
      ...parts.map((part, index) => {
        if (index % 2 === 0) return part;
        const span = document.createElement("span");
        span.textContent = part;
        typeset(span, part, false);
        return span;
      }),
    );
  }

  async function addMathematics() {
    const formulas = all(".arithmatex");
    const titles = all(".md-ellipsis").filter((title) => INLINE.test(title.textContent));
    if (!formulas.length && !titles.length) return;
    try {
      await load("katex/katex.min.js");
      formulas.forEach(typesetFormula);
      titles.forEach(typesetTitle);
      await Promise.race([document.fonts.ready, wait(500)]); // KaTeX's own fonts are wider than what stands in for them
    } finally {
      document.documentElement.classList.add("course-typeset");
      if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
    }
  }

  /* --- diagrams -------------------------------------------------------------------------------------- */

  // A reader's browser must ask no other host for anything: no picture shapes, no addresses in styles, no
  // escapes that could hide either. The page's content security policy is the second wall.
  const REFUSED = [
    /\bimg\b["'\s]*:/i,
    /@\{[^]*(\bimg\b|\\)/i,
    /\burl\s*\(|@import|\bimage-set\s*\(/i,
    /^\s*(style|classDef|linkStyle)\b.*\\/im,
    /<\s*(img|image|svg|iframe|object|embed|link|style|script|video|audio|source|use)\b/i,
  ];
  const DEFAULT_SECURE = ["secure", "securityLevel", "startOnLoad", "maxTextSize", "suppressErrorRendering", "maxEdges"];
  const OUR_SECURE = ["theme", "themeCSS", "themeVariables", "fontFamily", "altFontFamily", "htmlLabels", "flowchart"];

  function settings() {
    const style = getComputedStyle(document.body);
    const colour = (name) => style.getPropertyValue(`--course-${name}`).trim() || "#888";
    return {
      startOnLoad: false,
      securityLevel: "strict",
      secure: [...DEFAULT_SECURE, ...OUR_SECURE],
      suppressErrorRendering: true,
      htmlLabels: false,
      flowchart: { htmlLabels: false, useMaxWidth: true },
      theme: "base",
      fontFamily: '"Inter Variable", sans-serif',
      themeVariables: {
        darkMode: document.body.dataset.mdColorScheme === "slate",
        background: colour("paper"),
        primaryColor: colour("tint"),
        primaryTextColor: colour("ink"),
        primaryBorderColor: colour("accent"),
        secondaryColor: colour("panel"),
        tertiaryColor: colour("panel"),
        lineColor: colour("muted"),
        textColor: colour("ink"),
        edgeLabelBackground: colour("paper"),
        fontSize: "15px",
      },
    };
  }

  /** Where a diagram stands instead of its source; made once, filled again when the colours change. */
  function frameOf(source) {
    const next = source.nextElementSibling;
    if (next?.matches(".course-diagram")) return next;
    const frame = document.createElement("figure");
    frame.className = "course-diagram";
    source.after(frame);
    return frame;
  }

  async function draw(source, index) {
    const text = source.querySelector("code").textContent;
    const frame = frameOf(source);
    try {
      if (REFUSED.some((pattern) => pattern.test(text))) throw new Error("it asks for something from outside the site");
      const { svg } = await window.mermaid.render(`course-diagram-${index}`, text);
      frame.innerHTML = svg;
      source.hidden = true;
      const drawn = frame.firstElementChild;
      drawn.style.minWidth = `${Math.round(0.7 * drawn.viewBox.baseVal.width)}px`; // rather scroll than be too small to read
    } catch (error) {
      frame.textContent = `This diagram can't be drawn: ${String(error.message ?? error).split("\n")[0].replace(/:$/, "")}`;
      frame.classList.add("course-unset");
    }
  }

  async function drawAll(sources) {
    window.mermaid.initialize(settings());
    for (const [index, source] of sources.entries()) await draw(source, index);
  }

  async function addDiagrams() {
    const sources = all("pre.diagram").filter((source) => source.querySelector("code"));
    if (!sources.length) return;
    await load("mermaid/mermaid.min.js");
    let drawing = drawAll(sources);
    const again = () => (drawing = drawing.then(() => drawAll(sources)));
    new MutationObserver(again).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  }

  const quietly = (error) => console.warn(error.message); // the sources stay, and can be read
  addMathematics().catch(quietly);
  addDiagrams().catch(quietly);
})();
