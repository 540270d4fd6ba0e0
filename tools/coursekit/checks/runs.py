"""Run folders: whether what a run says follows from the files that it left."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.embed import EXAMPLE, Embed, read_embed, run_path
from coursekit.model import Diagnostic, Fence, Severity
from coursekit.page import Page
from coursekit.runfolder import Run


class RunInvalid(Check):
    """A run folder's run.json is missing, or can't be understood.

    run.json says what was run: title, method, device, data, metrics and the digests of all files.

    Why: The site shows numbers and figures of a run only by reading this file.

    Bad:
        {"title": "Deep clustering", "metrics": 9.8}

    Good:
        {"schema": 1, "title": "Deep clustering", "method": {"name": "deep-clustering"},
         "device": {"kind": "gpu", "name": "NVIDIA H200"}, "data": {"name": "wsj0-2mix"},
         "metrics": [{"name": "si_sdr", "mean": 9.8}], "files": {"scores.csv": "…"}}

    Mend: Let the training code write it, or complete what you have with `course run seal DIR`, which says
    what is still missing.
    """

    id = "run-invalid"


class RunDigest(Check):
    """A file of a run folder is not the file that the run wrote.

    run.json lists each file of the folder with its SHA-256; the files are compared with it. A file that is
    missing, or that is not listed, is reported too.

    Why: Numbers that were changed by hand after the run, or that belong to another run, prove nothing.

    Bad:
        scores.csv, opened in a spreadsheet and saved again

    Good:
        scores.csv as the evaluation wrote it

    Mend: Put the file back as the run wrote it. If the change is meant, seal the folder again with
    `course run seal DIR`.
    """

    id = "run-digest"


class RunMetrics(Check):
    """A number in run.json does not follow from scores.csv.

    Mean, standard deviation, median and count of each metric are computed again from the rows of scores.csv and
    compared with what is written, as exactly as it is written.

    Why: A table on the site is only worth something if every number in it can be computed again.

    Bad:
        "mean": 12.0        (the rows of scores.csv give 10.0)

    Good:
        "mean": 10.0

    Mend: Let `course run seal DIR` compute the metrics from scores.csv. If the number comes from other rows, name
    their `estimator` and `group`.
    """

    id = "run-metrics"


class RunScores(Check):
    """A run's table (scores.csv or history.csv) can't be read as it is meant.

    scores.csv has the columns item, source, seed, group and estimator, and one for each metric; history.csv
    starts with step or epoch. All other cells are numbers, or empty where nothing was measured.

    Why: One cell that is no number makes every mean of its column wrong or impossible.

    Bad:
        item,source,seed,group,estimator,si_sdri
        i01,1,0,same-sex,model,nan

    Good:
        item,source,seed,group,estimator,si_sdri
        i01,1,0,same-sex,model,

    Mend: Go to the line that the message names and mend the cell; leave a cell without a value empty.
    """

    id = "run-scores"


class RunFigureAlt(Check):
    """A figure of a run lacks its alt text, its caption or its file.

    Each file in `figures/` has an entry in `figures` of run.json with `file`, `caption` and `alt`.

    Why: The alt text is the figure for those who can't see it; the caption tells all others what they look at.

    Bad:
        {"file": "figures/mask.png", "caption": "The masks.", "alt": ""}

    Good:
        {"file": "figures/mask.png", "caption": "The masks.", "alt": "Two masks side by side; each is bright …"}

    Mend: Say in `alt` what can be seen and what it shows, as you would say it on the telephone.
    """

    id = "run-figure-alt"


class RunDevice(Check):
    """A run does not say whether it ran on a GPU or a CPU.

    `device.kind` of run.json is `gpu` or `cpu`; `device.name` is the model's name.

    Why: How long a run took means nothing without it, and readers want to know whether their laptop will do.

    Bad:
        "device": {"kind": "cuda", "name": "NVIDIA H200"}

    Good:
        "device": {"kind": "gpu", "name": "NVIDIA H200"}

    Mend: Write `gpu` or `cpu`.
    """

    id = "run-device"


class RunSplit(Check):
    """Speakers of the test set are in the training set too.

    The splits in `data.splits` of run.json that name their speakers are compared.

    Why: A model that has heard a voice in training is tested on its memory. Such a number can't be compared with
    the paper's.

    Bad:
        "train": {"speakers": ["s01", "s02"]}, "test": {"speakers": ["s02", "s03"]}

    Good:
        "train": {"speakers": ["s01", "s02"]}, "test": {"speakers": ["s03", "s04"]}

    Mend: Split by speaker first and mix afterwards; then train and evaluate again.
    """

    id = "run-split"


class RunsBlock(Check):
    """A `runs` block asks for something that can't be shown.

    A fenced block named `runs` has the keys `show` (table, bars, curves, audio, figures or provenance), `runs` (the
    names of folders in `runs/` beside the page, or paths from the course's root that start with `/`) and `metric`
    (a metric that the runs have in their `run.json`, or for curves a column of `history.csv`).

    Why: The block stands for the result that the text speaks of. With a wrong name in it the reader sees nothing.

    Bad:
        ```runs
        show: tabel
        runs: [deep-clustring]
        ```

    Good:
        ```runs
        show: table
        runs: [deep-clustering]
        ```

    Mend: Write the name of the folder below `runs/`; the message names the closest one that is there.
    """

    id = "runs-block"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Every block of every page."""
        for page in course.of(Page):
            for fence in page.prose.fences:
                embed, faults = read_embed(fence.text, fence.place.line)
                yield from (self.at(page.path, f.message, f.place, f.help) for f in faults)
                if embed:
                    yield from self._asked(course, page, fence, embed)

    def _asked(self, course: Course, page: Page, fence: Fence, embed: Embed) -> Iterator[Diagnostic]:
        """What a readable block asks for in vain."""
        known = {run.path: run for run in course.of(Run)}
        found: list[Run] = []
        for name in embed.runs:
            path = run_path(name, page.path)
            if path in known:
                found += [] if known[path] in found else [known[path]]
                continue
            close = difflib.get_close_matches(path, known, n=1, cutoff=0.6)
            help = f"did you mean `{_shortest(close[0], page.path)}`?" if close else EXAMPLE
            yield self.at(page.path, f"there is no run in {path}", fence.place, help)
        if embed.metric and embed.show in _MEASURED and (lacking := _lacking(found, embed)):
            names = ", ".join(sorted({metric for run in found for metric in _measured(run, embed.show)}))
            message = f"`{embed.metric}` is not measured by {', '.join(lacking)}"
            yield self.at(page.path, message, fence.place, f"measured are: {names or 'none'}")


_MEASURED = frozenset({"table", "bars", "curves"})


def _measured(run: Run, show: str) -> set[str]:
    if show == "curves":
        names = {column.name for column in run.history[1:]}
        return names | {name.partition("_")[2] for name in names if name.startswith("valid_")}
    return {metric.name for metric in run.record.metrics} if run.record else set()


def _lacking(runs: list[Run], embed: Embed) -> list[str]:
    """The runs that can be read and don't have the block's metric."""
    return [run.name for run in runs if run.record and embed.metric not in _measured(run, embed.show)]


def _shortest(path: str, page: str) -> str:
    """How a block of this page names a run folder."""
    beside = page.rpartition("/")[0] + "/runs/"
    return path.removeprefix(beside) if path.startswith(beside) else f"/{path}"


class RunOrigin(Check):
    """A run does not say from which commit, by which command or with which seeds it was made.

    `commit`, `command` and `seeds` are keys of run.json.

    Why: With these three, somebody else gets the same numbers; without them nobody can, and you can't either in
    half a year.

    Bad:
        {"schema": 1, "title": "Deep clustering", …}        (without "commit")

    Good:
        {"schema": 1, "title": "Deep clustering", "commit": "17368d4…", "command": "python train.py", "seeds": [0], …}

    Mend: Let the training code write them down; a commit is what `git rev-parse HEAD` prints.
    """

    id = "run-origin"
    severity = Severity.WARNING


class RunDirty(Check):
    """A run was made from code that was never committed.

    `dirty` of run.json is true: when it ran, the tree held changes.

    Why: The commit that the run names is not the code that made its numbers, and that code may be gone.

    Bad:
        "dirty": true

    Good:
        "dirty": false

    Mend: Commit the code, and run it again. If that is too dear, say in `summary` what the changes were.
    """

    id = "run-dirty"
    severity = Severity.WARNING


class RunDeviceName(Check):
    """A run names its device only as what every device is called.

    `device.name` of run.json is the model: `NVIDIA H200`, `Apple M2`, `AMD EPYC 9654`.

    Why: Two GPUs of different years differ by a factor of ten; readers want to know how long theirs will take.

    Bad:
        "device": {"kind": "gpu", "name": "cuda:0"}

    Good:
        "device": {"kind": "gpu", "name": "NVIDIA H200"}

    Mend: Write what `nvidia-smi` or `torch.cuda.get_device_name()` says; for a processor, what `lscpu` says.
    """

    id = "run-device-name"
    severity = Severity.WARNING
