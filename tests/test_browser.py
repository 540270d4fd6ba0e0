"""The site in a real Chromium: it renders, asks no other host for anything, and runs nobody's script."""

from __future__ import annotations

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from conftest import REPOSITORY
from coursekit.loading import load
from coursekit.pipeline import build
from coursekit.publish import publish
from test_markup import PAYLOADS
from test_staging import NASTY
from trees import MKDOCS, write_course

PREFIX = "deep-learning-for-practitioners"
TALK = "presentations/week-01/deep-clustering/"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return


class Served:
    """A folder served on loopback below a path prefix, as GitHub Pages does."""

    def __init__(self, folder: Path) -> None:
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))
        )
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self.server.server_port}/{PREFIX}/"


class Watched:
    """A page of the browser and all that went wrong on it."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base, self.wrong = page, base, list[str]()
        page.on(
            "console",
            lambda message: (
                self.wrong.append(f"console: {message.text}")
                if message.type in {"error", "warning"}
                else None
            ),
        )
        page.on("pageerror", lambda error: self.wrong.append(f"exception: {error}"))
        page.on("dialog", lambda dialog: (self.wrong.append("a dialog opened"), dialog.dismiss()))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((base, "data:", "blob:"))
                else self.wrong.append(f"request: {request.url}")
            ),
        )
        page.on(
            "response",
            lambda response: (
                self.wrong.append(f"{response.status}: {response.url}") if response.status >= 400 else None
            ),
        )

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path, wait_until="networkidle")
        return self.page


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The repository's own course, built."""
    folder = tmp_path_factory.mktemp("www")
    assert publish(build(load(REPOSITORY)), REPOSITORY, folder / PREFIX) == ()
    assert "SOURCE_DATE_EPOCH" not in os.environ, "the next site is of another commit"
    served = Served(folder)
    yield served.base
    served.server.shutdown()


@pytest.fixture(params=["light", "dark"])
def watched(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Watched]:
    context = browser.new_context(color_scheme=request.param, viewport={"width": 1280, "height": 900})
    yield Watched(context.new_page(), site)
    context.close()


@pytest.mark.parametrize(
    ("path", "selector"),
    [
        ("", "[data-course-next]"),
        ("schedule/", ".course-week-row"),
        ("weeks/week-01/", ".course-talk"),
        ("presentations/", "img.course-poster"),
        (TALK, ".course-slides img"),
        (f"{TALK}toy-objective/", ".nb-figure img"),
        ("scribe_notes/week-01/deep-clustering/", ".course-question"),
        ("papers/", ".course-work"),
        ("questions/", ".course-question-open"),
        ("projects/", "article"),
        ("presenting/", "article"),
        ("rules/", ".course-rules"),
        ("rules/file-name/", ".course-compare"),
    ],
)
def test_pages_render_without_a_complaint(watched: Watched, path: str, selector: str) -> None:
    page = watched.open(path)
    assert page.locator(selector).count() > 0
    assert page.locator("h1").count() == 1
    assert watched.wrong == []


@pytest.mark.parametrize("path", ["", "schedule/", TALK, f"{TALK}toy-objective/", "rules/file-name/"])
def test_a_phone_scrolls_one_way_only(browser: Browser, site: str, path: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = Watched(context.new_page(), site).open(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_mathematics_is_typeset(watched: Watched) -> None:
    page = watched.open(TALK)
    page.wait_for_selector(".arithmatex .katex")
    assert page.locator(".arithmatex").count() == page.locator(".arithmatex:has(.katex)").count() > 5
    assert page.locator(".katex-error").count() == 0
    assert watched.wrong == []


def test_every_picture_loads(watched: Watched) -> None:
    for path in (TALK, f"{TALK}toy-objective/", "presentations/"):
        page = watched.open(path)
        page.evaluate(
            "document.querySelectorAll('details').forEach(fold => fold.open = true);"
            "document.querySelectorAll('img').forEach(picture => picture.loading = 'eager')"
        )
        page.wait_for_function(
            "() => [...document.images].every(picture => picture.complete)", timeout=90_000
        )
        assert (
            page.evaluate(
                "[...document.images].filter(picture => !picture.naturalWidth).map(picture => picture.src)"
            )
            == []
        )
    assert watched.wrong == []


def test_slides_turn_with_the_keyboard(watched: Watched) -> None:
    page = watched.open(TALK)
    page.locator(".course-slides").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "() => { const t = document.querySelector('.course-slides-track'); return Math.round(t.scrollLeft / t.clientWidth) === 1 }"
    )
    assert watched.wrong == []


PLAY_ALL = """async () => {
  const silent = [];
  for (const sound of document.querySelectorAll('audio')) {
    sound.muted = true;
    await sound.play();
    for (let tries = 0; sound.currentTime === 0 && tries < 100; tries++) await new Promise((go) => setTimeout(go, 20));
    if (sound.currentTime === 0) silent.push(sound.src);
    sound.pause();
  }
  return silent;
}"""


def test_every_sound_plays(watched: Watched) -> None:
    page = watched.open(TALK)
    assert page.locator("audio").count() > 10
    assert page.evaluate(PLAY_ALL) == []
    assert watched.wrong == []


def test_sounds_change_at_the_same_moment(watched: Watched) -> None:
    page = watched.open(TALK)
    player = page.locator(".course-player").first
    player.scroll_into_view_if_needed()
    player.locator(".course-picture-of canvas").first.wait_for()  # waveform and spectrogram of the mixture
    mixture, reference = (player.locator("audio").nth(number) for number in (0, 1))
    player.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("sound => sound.currentTime > 1", arg=mixture.element_handle())
    player.get_by_role("button", name="voice 1, reference").click()
    page.wait_for_function("sound => sound.currentTime > 1 && !sound.paused", arg=reference.element_handle())
    there = mixture.evaluate("sound => [sound.paused, sound.currentTime]")
    assert there[0] and 1 < there[1] < 3
    assert reference.evaluate("sound => sound.currentTime") >= there[1] - 0.05
    player.get_by_role("button", name="voice 1, reference").press("p")
    assert reference.evaluate("sound => sound.paused")
    stopped = reference.evaluate("sound => sound.currentTime")
    page.keyboard.press("ArrowDown")  # the next sound, at the moment where the last one stopped
    third = player.locator("audio").nth(2)
    page.wait_for_function(
        "([sound, at]) => Math.abs(sound.currentTime - at) < 0.05 && sound.paused",
        arg=[third.element_handle(), stopped],
    )
    assert player.locator("[aria-pressed=true]").count() == 1
    page.wait_for_timeout(500)
    assert player.locator(".course-picture-of:visible").count() == 1
    assert watched.wrong == []


def test_without_scripts_every_sound_is_an_element_of_its_own(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = Watched(context.new_page(), site).open(TALK)
    assert page.locator(".course-player audio[controls]:visible").count() >= 7
    context.close()


def test_downloads_are_what_they_say(watched: Watched) -> None:
    page = watched.open(f"{TALK}toy-objective/")
    for name, start in ((".ipynb", b"{"), (".py", b"# ---")):
        address = page.locator(
            f".course-downloads a[href$='{name}'], .course-jump a[href$='{name}']"
        ).first.evaluate("link => link.href")
        answer = page.request.get(address)
        assert answer.ok and answer.body().lstrip().startswith(start)


def test_search_finds_notebooks_slides_and_questions(watched: Watched) -> None:
    page = watched.open("")
    page.keyboard.press("/")
    page.keyboard.type("affinity", delay=20)
    page.wait_for_selector(".md-search-result__item")
    targets = page.locator(".md-search-result__link").evaluate_all(
        "links => links.map(link => link.getAttribute('href')).join(' ')"
    )
    assert "deep-clustering" in targets
    # known fault, cause not found yet: with the index loaded, the query 'a' alone makes lunr log an error
    assert [
        wrong for wrong in watched.wrong if "Invalid query: a " not in wrong and "t.Index.query" not in wrong
    ] == []


def test_filter_narrows_the_papers(watched: Watched) -> None:
    page = watched.open("papers/")
    before = page.locator(".course-work:visible").count()
    page.fill("#course-filter", "alternative objective")
    page.wait_for_function(
        f"() => [...document.querySelectorAll('.course-work')].filter(work => work.offsetParent).length < {before}"
    )
    assert page.locator(".course-work:visible").count() == 1
    assert watched.wrong == []


@pytest.mark.parametrize("width", [1280, 390])
def test_filter_narrows_the_rules_and_hides_empty_families(watched: Watched, width: int) -> None:
    page = watched.open("rules/")
    page.set_viewport_size({"width": width, "height": 900})
    page.fill("#course-filter", "notebook order")
    page.wait_for_function(
        "() => document.querySelector('[data-course-count]').textContent.startsWith('1 of')"
    )
    assert page.locator(".course-rule:visible").all_inner_texts()[0].startswith("notebook-order")
    assert page.locator(".course-rule:visible").count() == 1
    assert page.locator(".md-content h2:visible").evaluate_all("all => all.map(one => one.id)") == [
        "notebook"
    ]
    assert watched.wrong == []


def test_home_shows_that_the_term_is_over(watched: Watched) -> None:
    page = watched.open("")
    page.wait_for_selector("[data-course-over]:visible")
    assert page.locator(".course-next-session:visible").count() == 0


def test_hostile_material_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    layers = {"mkdocs.yml": MKDOCS}
    for number, payload in enumerate(PAYLOADS):
        layers[f"site_src/payload-{number}.md"] = f"---\ntitle: Payload {number}\n---\n{payload}\n"
    for number, title in enumerate(NASTY):
        layers[f"site_src/title-{number}.md"] = (
            f"---\ntitle: {title!r}\ndescription: {title!r}\n---\n## {title}\n"
        )
    root = write_course(tmp_path / "course", layers)
    made = build(load(root))
    wrong = [
        finding
        for finding in publish(made, root, tmp_path / "www" / PREFIX)
        if finding.rule in {"site-unsafe", "site-remote-request"}
    ]
    assert wrong == []
    served = Served(tmp_path / "www")
    page = Watched(browser.new_page(), served.base)
    for number in range(len(PAYLOADS)):
        page.open(f"payload-{number}/")
    for number in range(len(NASTY)):
        page.open(f"title-{number}/")
    page.page.keyboard.press("/")
    page.page.keyboard.type("payload", delay=20)
    page.page.wait_for_selector(".md-search-result__item")
    served.server.shutdown()
    assert [complaint for complaint in page.wrong if not complaint.startswith("404")] == []
