/* Sounds of runs, in step: change from the mixture to a voice or to an estimate of it at the same moment of the sound.
   Without this file every sound is an audio element of its own. */
(() => {
  "use strict";

  const vendor = new URL("vendor/wavesurfer/", document.currentScript.src);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const STEP = 0.5; // seconds, of an arrow key

  const create = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  /* --- the picture of what plays ------------------------------------------------------------------------- */

  const script = (path) =>
    new Promise((resolve, reject) => {
      const element = create("script", { src: new URL(path, vendor).href, onload: resolve });
      element.onerror = () => reject(new Error(`${path} could not be loaded`));
      document.head.append(element);
    });

  let library;
  const loadLibrary = () => (library ??= script("wavesurfer.min.js").then(() => script("spectrogram.min.js")));

  /** A ramp from nothing to one colour: it suits light paper and dark. */
  function ramp(element) {
    const canvas = create("canvas", { width: 1, height: 1 }).getContext("2d");
    canvas.fillStyle = getComputedStyle(element).color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => value / 255);
    return Array.from({ length: 256 }, (_, level) => [red, green, blue, (level / 255) ** 1.5]);
  }

  /* --- the sounds -------------------------------------------------------------------------------------------- */

  /** Samples a second of a WAV or FLAC file; 16 kHz, which holds speech, of any other. */
  function rateOf(bytes) {
    const view = new DataView(bytes);
    const starts = (word, at) => [...word].every((letter, index) => view.getUint8(at + index) === letter.charCodeAt(0));
    if (view.byteLength < 44) return 16000;
    if (starts("RIFF", 0) && starts("WAVEfmt ", 8)) return view.getUint32(24, true);
    if (starts("fLaC", 0)) return view.getUint32(18) >>> 12;
    return 16000;
  }

  /** Fetch a sound whole, once: only so can every server's sounds be entered in the middle. A page from a disk plays its files as they are. */
  const ready = (track) => (track.ready ??= location.protocol === "file:" ? Promise.resolve() : fetchSound(track).catch(() => {}));

  async function fetchSound(track) {
    const answer = await fetch(track.audio.src);
    if (!answer.ok) return;
    const blob = await answer.blob();
    track.bytes = await blob.arrayBuffer();
    track.audio.src = URL.createObjectURL(blob);
  }

  /** Waveform and spectrogram of one sound, drawn once, where its bytes are known. */
  async function draw(track, place) {
    await Promise.all([ready(track), loadLibrary()]);
    if (track.picture || !track.bytes) return;
    track.picture = create("div", { className: "course-picture-of" });
    place.append(track.picture);
    const rate = Math.min(Math.max(rateOf(track.bytes), 8000), 48000);
    const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(track.bytes.slice(0));
    const look = getComputedStyle(place);
    window.WaveSurfer.create({
      container: track.picture,
      media: track.audio,
      peaks: [sound.getChannelData(0)],
      duration: sound.duration,
      height: 44,
      waveColor: look.getPropertyValue("--course-wave"),
      progressColor: look.getPropertyValue("--course-wave-played"),
      cursorColor: look.getPropertyValue("--course-wave-cursor"),
      cursorWidth: 2,
      dragToSeek: true,
      plugins: [
        window.WaveSurfer.Spectrogram.create({
          height: 132,
          fftSamples: 256,
          noverlap: 192,
          windowFunc: "hann",
          scale: "linear",
          labels: false,
          gainDB: 24,
          rangeDB: 66,
          colorMap: ramp(place),
        }),
      ],
    });
  }

  /* --- a player for one test item -------------------------------------------------------------------------- */

  /** Go to a moment as soon as the sound is known well enough. */
  function seek(audio, seconds) {
    if (audio.readyState >= HTMLMediaElement.HAVE_METADATA) audio.currentTime = Math.min(seconds, audio.duration);
    else audio.addEventListener("loadedmetadata", () => seek(audio, seconds), { once: true });
  }

  function addPlayer(fold) {
    const root = fold.querySelector(".course-player");
    const tracks = all(".course-track", root).map((element) => ({ element, audio: element.querySelector("audio") }));
    if (!tracks.length) return;
    let current = tracks[0]; // the one that is chosen
    let heard = current; // the one whose moment counts: another is chosen before it is ready
    let seen = false; // nothing is fetched for a player that nobody scrolls to

    const picture = create("div", { className: "course-picture", hidden: location.protocol === "file:" });
    const play = create("button", { type: "button", className: "course-play", onclick: () => toggle() });
    const time = create("span", { className: "course-time" });
    const repeat = create("input", { type: "checkbox" });
    const stage = create("div", { className: "course-stage" }, play, time, create("label", {}, repeat, " repeat"), picture);

    for (const track of tracks) {
      const label = track.element.querySelector(".course-track-label");
      track.button = create("button", { type: "button", className: "course-choose" });
      track.button.setAttribute("aria-label", track.audio.getAttribute("aria-label"));
      track.button.append(...label.childNodes);
      track.button.onclick = () => (track === current ? toggle() : choose(track, true));
      label.replaceChildren(track.button);
      track.audio.controls = false;
      for (const event of ["play", "pause", "ended", "timeupdate", "loadedmetadata", "error"]) track.audio.addEventListener(event, () => tell(track, event));
    }

    const toggle = () => (current.audio.paused ? start(current) : current.audio.pause());

    async function start(track) {
      await ready(track);
      if (track !== current) return; // somebody was faster
      if (track.audio.ended) track.audio.currentTime = 0;
      track.audio.play().catch(() => {}); // its error event tells
      tracks.forEach(ready); // the others are wanted next, at once
    }

    /** Change to another sound at the same moment; it plays on if the last one did, or if it is asked to. */
    async function choose(track, playing = false) {
      current = track;
      await ready(track);
      if (track !== current) return;
      const going = playing || !heard.audio.paused;
      const at = heard.audio.ended ? 0 : heard.audio.currentTime;
      heard.audio.pause();
      heard = track;
      seek(track.audio, at);
      show();
      if (going) start(track);
    }

    function tell(track, event) {
      if (track !== current) return;
      if (event === "ended" && repeat.checked) return start(track);
      root.dataset.playing = String(!track.audio.paused);
      const { currentTime, duration } = track.audio;
      play.setAttribute("aria-label", track.audio.paused ? "Play" : "Pause");
      time.textContent = event === "error" ? "this sound can't be played" : `${currentTime.toFixed(1)} s${duration ? ` of ${duration.toFixed(1)} s` : ""}`;
    }

    function show() {
      for (const track of tracks) {
        track.button.setAttribute("aria-pressed", String(track === current));
      }
      reveal();
      tell(current, "");
      if (seen) draw(current, picture).then(reveal, () => picture.remove());
    }

    /** Of all pictures that were drawn, show the one of the sound that is chosen. */
    function reveal() {
      for (const track of tracks) if (track.picture) track.picture.hidden = track !== current;
    }

    const KEYS = {
      ArrowLeft: () => seek(current.audio, Math.max(0, current.audio.currentTime - STEP)),
      ArrowRight: () => seek(current.audio, current.audio.currentTime + STEP),
      ArrowUp: () => move(-1),
      ArrowDown: () => move(1),
      p: toggle,
      r: () => (repeat.checked = !repeat.checked),
    };

    function move(by) {
      const next = tracks[(tracks.indexOf(current) + by + tracks.length) % tracks.length];
      choose(next);
      next.button.focus();
    }

    root.addEventListener("keydown", (event) => {
      const act = KEYS[event.key] ?? (tracks[Number(event.key) - 1] && (() => choose(tracks[Number(event.key) - 1])));
      if (!act || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation(); // the theme uses some of these keys too
      act();
    });

    root.prepend(stage);
    root.append(create("p", { className: "course-by course-keys", textContent: "Keys: ↑ ↓ or 1–9 another sound, ← → half a second, P play and pause, R repeat." }));
    root.classList.add("course-player-live");
    show();
    new IntersectionObserver(([entry], observer) => {
      if (!entry.isIntersecting) return;
      observer.disconnect();
      seen = true;
      show();
    }).observe(stage);
  }

  for (const fold of document.querySelectorAll(".course-listening details.course-audio")) {
    if (fold.open) addPlayer(fold);
    else fold.addEventListener("toggle", () => addPlayer(fold), { once: true });
  }
})();
