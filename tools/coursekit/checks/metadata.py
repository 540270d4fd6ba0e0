"""Front matter and course.yml: the YAML itself, its keys and its values."""

from __future__ import annotations

from coursekit.checks import Check


class YamlSyntax(Check):
    """The front matter, or course.yml, is not valid YAML.

    The front matter is what stands between the two `---` lines at the start of a Markdown file.

    Why: If it can't be read, then nothing in it can be used: not the title, not the presenters, not the
    papers.

    Bad:
        ---
        title: Attention: a survey
        ---

    Good:
        ---
        title: "Attention: a survey"
        ---

    Mend: Write one `key: value` a line, indent with spaces, and put a value that contains `: ` or starts with
    a special character in quotes.
    """

    id = "yaml-syntax"


class YamlAlias(Check):
    """YAML's anchors (`&name`) and aliases (`*name`) are not allowed.

    A value that really starts with `&` or `*` needs quotes.

    Why: A few lines of them can stand for billions of values, and few people know what they mean.

    Bad:
        presenters: &us [ada, ben]
        tags: *us

    Good:
        presenters: [ada, ben]
        tags: ["*new*"]

    Mend: Write the value out where it is needed; put a value that starts with `*` or `&` in quotes.
    """

    id = "yaml-alias"


class YamlDuplicateKey(Check):
    """The same key stands twice.

    Within one block each key may stand once.

    Why: YAML readers silently drop one of the two, and not all of them the same one.

    Bad:
        tags: [audio]
        tags: [clustering]

    Good:
        tags: [audio, clustering]

    Mend: Keep one of the two lines, and put several values into one list.
    """

    id = "yaml-duplicate-key"


class MetaKeyUnknown(Check):
    """A key that nobody reads.

    Each kind of page has its own keys. A key that is misspelt, or that belongs to another kind, is reported.

    Why: A misspelt key would be ignored in silence, and what it says would be missing on the site.

    Bad:
        presentor: [ada]

    Good:
        presenters: [ada]

    Mend: Correct the spelling, or take the line out. What is not meant for a key can be said in the text.
    """

    id = "meta-key-unknown"


class MetaKeyMissing(Check):
    """A key that is needed is missing.

    A week, a presentation, a project and every page of `site_src` need a `title`; a paper needs a `title` and
    a `url`.

    Why: The title is what the navigation and every link to the page say.

    Bad:
        ---
        tags: [audio]
        ---

    Good:
        ---
        title: Deep clustering for speech separation
        tags: [audio]
        ---

    Mend: Add the key to the front matter. If the file has none yet, start it with a line `---`, the keys, and
    another line `---`.
    """

    id = "meta-key-missing"


class MetaValue(Check):
    """A value is not of the form that its key needs.

    Text is text, a date is written YYYY-MM-DD, several values are a list, an address starts with `https://`,
    and ids are lower-case words joined by hyphens.

    Why: A date that can't be read is missing in the calendar, an address without `https://` leads nowhere.

    Bad:
        date: April 8th
        presenters: Ada Example

    Good:
        date: 2020-04-08
        presenters: [ada]

    Mend: Write the value in the form that the message names; compare it with another page of the same kind.
    """

    id = "meta-value"
