"""The `separation` command. Exit codes: 0 done, 1 a study isn't done yet, 2 could not run, 130 stopped by Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from separation import __version__
from separation.children import follow_parent
from separation.errors import SeparationError

if TYPE_CHECKING:
    import torch

    from separation.config import Config, DataConfig

# torch is imported by the commands that need it: --help answers at once, and so do the processes that make speech


class _Group(click.Group):
    """A group whose every command tells a person's mistake in one line instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SeparationError as error:
            click.echo(f"separation: {error}", err=True)
            ctx.exit(2)
        except KeyboardInterrupt:
            click.echo("separation: stopped", err=True)
            ctx.exit(130)
        except OSError as error:
            click.echo(f"separation: {error}", err=True)
            ctx.exit(2)
        except ModuleNotFoundError as error:
            click.echo(
                f"separation: {error.name} is missing; `make separation` installs what is needed", err=True
            )
            ctx.exit(2)
        except RuntimeError as error:
            if "out of memory" not in str(error) and "allocate memory" not in str(error):
                raise
            click.echo(
                "separation: the device's memory is full; lower training.stages' batch or frames", err=True
            )
            ctx.exit(2)


_path = click.Path(path_type=Path)
_folder = click.Path(path_type=Path, file_okay=False)
set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a setting, e.g. training.minutes=5.",
)
data_option = click.option(
    "--data",
    type=_folder,
    help="Where the corpus lies; the configuration's path, or the cache, when left out.",
)
device_option = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="What to compute on; auto takes a GPU where there is one.",
)
layout_option = click.option(
    "--layout",
    type=click.Choice(["wsj0-2mix", "librimix", "folder"]),
    help="Test on recorded mixtures in this layout, which --data names, in the place of the run's own corpus.",
)
commit_option = click.option(
    "--commit", default=None, help="The commit of the code, where there is no git; 40 hex digits."
)
dirty_option = click.option(
    "--dirty/--clean", default=None, help="Whether the code differs from that commit."
)
unseen_option = click.option(
    "--unseen", type=_folder, help="A folder of synthetic speech whose unseen voices are tested, too."
)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Train networks to separate voices, judge them, and use them.

    \b
    A first round, some four minutes on a laptop:
      separation train smoke --out runs/smoke
      separation evaluate runs/smoke
      separation export runs/smoke exported/smoke
      separation separate recording.wav --checkpoint runs/smoke
    Without --checkpoint, a small network that comes with the package separates.
    """
    follow_parent()


@main.command()
@click.argument("config", default="laptop")
@click.option("--out", type=_folder, help="The folder to write; a folder of the cache when left out.")
@click.option("--only-unseen", is_flag=True, help="Only the voices of the second engine (needs flite).")
@set_option
def data(config: str, out: Path | None, only_unseen: bool, settings: tuple[str, ...]) -> None:
    """Synthesise the speech of CONFIG, or say where it lies already."""
    from separation.config import ConfigError, load_config
    from separation.data import cached
    from separation.espeak import SpeechError
    from separation.speech import make_speech

    found = load_config(config, settings)
    if found.data.layout != "synthetic":
        raise ConfigError(f"{config} uses {found.data.layout}, which can't be synthesised")
    speech = found.data.speech
    if only_unseen:
        speech = replace(speech, train_speakers=0, valid_speakers=0, test_speakers=0, unseen=True)
        if not speech.voices():
            raise SpeechError("flite isn't installed: on Debian and Ubuntu, apt-get install flite")
    place = out or cached(speech)
    corpus = make_speech(speech, place)
    for split in corpus.digests:
        speakers = len(corpus.speaker_ids(split))
        click.echo(
            f"{split:7} {speakers:4} speakers  {corpus.hours(split):6.2f} h  sha256 {corpus.digests[split]}"
        )
    click.echo(f"in {place}")


@main.command()
@click.argument("config")
@click.option(
    "--out", type=_folder, required=True, help="The folder of the run; a run in it is gone on with."
)
@data_option
@device_option
@commit_option
@dirty_option
@set_option
def train(
    config: str,
    out: Path,
    data: Path | None,
    device: str,
    commit: str | None,
    dirty: bool | None,
    settings: tuple[str, ...],
) -> None:
    """Train CONFIG, a shipped configuration's name or a TOML file.

    What was cut off goes on with the same command. On several GPUs or machines: torchrun --nproc-per-node N -m
    separation train CONFIG --out RUN, where RUN is a folder that all of them see.
    """
    from separation.checkpoint import LAST
    from separation.config import load_config
    from separation.data import open_corpus
    from separation.state import Provenance
    from separation.training import train

    found = load_config(config, settings)
    _check_commit(commit)
    _check_device(device)
    corpus = open_corpus(found.data, folder=data, splits=("train", "valid"))
    here, changed = _git() if commit is None else (commit, bool(dirty))
    command = shlex.join(["separation", *sys.argv[1:]])
    provenance = Provenance(command, here, changed if dirty is None else dirty)
    before = (out / LAST).stat().st_mtime_ns if (out / LAST).is_file() else None
    try:
        state = train(found, corpus, out, device=device, provenance=provenance)
    except KeyboardInterrupt:
        saved = f", and saved in {out}" if (out / LAST).is_file() else ""
        click.echo(f"separation: stopped{saved}; the same command goes on", err=True)
        sys.exit(130)
    if os.environ.get("RANK", "0") != "0":
        return  # torchrun starts many of us; one speaks
    if before == (out / LAST).stat().st_mtime_ns:
        click.echo("this run was finished before; nothing is left to do")
    click.echo(
        f"{out}: {state.step} steps in {state.seconds:.0f} s; best SI-SDR improvement on the validation list "
        f"{state.best:.2f} dB at step {state.best_step}"
    )


@main.command()
@click.argument("run", type=_folder)
@data_option
@layout_option
@unseen_option
@device_option
def evaluate(run: Path, data: Path | None, layout: Any, unseen: Path | None, device: str) -> None:
    """Judge the best checkpoint of RUN on the test lists; writes RUN/scores.csv."""
    from separation import checkpoint
    from separation.checkpoint import BEST
    from separation.data import open_corpus
    from separation.evaluation import SCORES, evaluate, write_scores
    from separation.report import print_scores

    content = checkpoint.load(run / BEST)
    config, network = checkpoint.rebuild(content, run / BEST)
    tested = _tested_on(config.data, layout, data)
    corpus = open_corpus(tested, folder=data, unseen=unseen, splits=("test",))
    known = content.get("splits", {}).get("train", {}).get("digest")
    if known and corpus.digests.get("train", known) != known:
        click.echo(
            "separation: the network was trained on other speech than this; its speakers may differ", err=True
        )
    scores = evaluate(network, corpus, config, _device(device))
    write_scores(run / SCORES, scores)
    print_scores(scores, config)


@main.command()
@click.argument("run", type=_folder)
@click.argument("target", metavar="DIR", type=_folder)
@data_option
@layout_option
@unseen_option
@device_option
@click.option(
    "--examples",
    type=click.IntRange(1, 20),
    default=2,
    show_default=True,
    help="Mixtures to hear, of each group.",
)
@click.option(
    "--sounds",
    type=click.Choice(["all", "estimates", "none"]),
    default="all",
    show_default=True,
    help="estimates: another run's folder holds the mixtures and references of the same items.",
)
@click.option("--title", default="", help="In the place of the configuration's.")
@click.option("--summary", default="", help="In the place of the configuration's.")
def export(
    run: Path,
    target: Path,
    data: Path | None,
    layout: Any,
    unseen: Path | None,
    device: str,
    examples: int,
    sounds: Any,
    title: str,
    summary: str,
) -> None:
    """Write the evaluated RUN as a run folder for the course's site."""
    from separation import checkpoint
    from separation.checkpoint import BEST
    from separation.data import open_corpus
    from separation.export import export_run

    config, _ = checkpoint.rebuild(checkpoint.load(run / BEST), run / BEST)
    tested = _tested_on(config.data, layout, data)
    corpus = open_corpus(tested, folder=data, unseen=unseen, splits=("test",))
    where = _device(device)
    record = export_run(
        run,
        target,
        corpus,
        device=where,
        examples=examples,
        sounds=sounds,
        title=title,
        summary=summary,
    )
    size = sum(f.stat().st_size for f in target.rglob("*") if f.is_file())
    click.echo(f"{target}: {record['title']}, {len(record['files']) + 1} files, {size / 2**20:.1f} MiB")


@main.command()
@click.argument("name", metavar="STUDY")
@click.option(
    "--out", type=_folder, required=True, help="The folder of the study; one in it is gone on with."
)
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    help="How long this call may take; what the study says when left out.",
)
@click.option("--at-once", type=click.IntRange(1, 64), help="Runs side by side, instead of as planned.")
@click.option("--list", "only_list", is_flag=True, help="Only say what there is to do.")
@data_option
@unseen_option
@device_option
@commit_option
@dirty_option
def study(
    name: str,
    out: Path,
    minutes: float | None,
    at_once: int | None,
    only_list: bool,
    data: Path | None,
    unseen: Path | None,
    device: str,
    commit: str | None,
    dirty: bool | None,
) -> None:
    """Train, evaluate and export all runs of STUDY, a shipped study's name or a TOML file.

    In the folder: exported/ with the run folders, runs/ with the trainings and their logs, and plan.json. It ends in
    time; what is left then (exit code 1), or was cut off, the same command goes on with.
    """
    began = time.monotonic()
    from separation.conduct import conduct, look_into
    from separation.errand import Setup
    from separation.report import print_study
    from separation.study import load_study

    found = load_study(name)
    _check_commit(commit)
    setup = Setup(device, "gpu" if _device(device).type == "cuda" else "cpu", data, unseen, commit, dirty)
    if only_list:
        for errand in look_into(found, out, setup)[1]:
            click.echo(f"{errand.name:20} {errand.left or 'done':32} {errand.config.title}")
        return
    limit = began + 60 * (minutes or found.minutes)
    try:
        errands = conduct(found, out, setup, deadline=limit, at_once=at_once or 0)
    except KeyboardInterrupt:
        click.echo("separation: stopped; the same command goes on", err=True)
        sys.exit(130)
    if done := {errand.name: record for errand in errands if (record := errand.record())}:
        print_study(done)
    left = [f"{errand.name} ({errand.left})" for errand in errands if errand.left]
    if left:
        click.echo(f"left for another call: {'; '.join(left)}. The same command goes on")
        sys.exit(1)
    click.echo(f"all is done: {out / 'exported'}")


@main.command()
@click.argument("run", type=_path)
@click.argument("file", type=_path)
def pack(run: Path, file: Path) -> None:
    """Write the best network of RUN as a small FILE to give away: weights of 16 bits, without what training needs."""
    from separation import checkpoint
    from separation.checkpoint import BEST

    source = run / BEST if run.is_dir() else run
    content = checkpoint.load(source)
    checkpoint.rebuild(content, source)
    checkpoint.pack(content, file)
    click.echo(f"{file}: {file.stat().st_size / 2**20:.1f} MiB")


@main.command()
@click.argument("wav", type=_path)
@click.option(
    "--checkpoint",
    "file",
    type=_path,
    help="A checkpoint, or a run's folder; the small network that comes with the package when left out.",
)
@click.option("--out", type=_folder, help="Where to write; beside WAV when left out.")
@click.option("--speakers", type=click.IntRange(2, 6), help="How many voices; as in training when left out.")
@click.option("--misi", type=click.IntRange(0, 100), help="Rounds of phase reconstruction.")
@click.option(
    "--reference", "references", multiple=True, type=_path, help="A true voice, to say how good it is."
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
@device_option
def separate(
    wav: Path,
    file: Path | None,
    out: Path | None,
    speakers: int | None,
    misi: int | None,
    references: tuple[Path, ...],
    force: bool,
    device: str,
) -> None:
    """Separate the voices of WAV, a WAV or FLAC file, into one file a speaker."""
    from separation import checkpoint
    from separation.checkpoint import BEST, SHIPPED
    from separation.longform import load_mixture, separate_file
    from separation.report import print_improvement

    file = SHIPPED if file is None else file
    file = file / BEST if file.is_dir() else file
    config, network = checkpoint.rebuild(checkpoint.load(file), file)
    if misi is not None:
        config = replace(config, inference=replace(config.inference, misi=misi))
    wanted = speakers or config.data.sources
    if not config.network.embedding and wanted != config.network.masks:
        raise SeparationError(
            f"{file} has masks for {config.network.masks} voices and no embeddings to cluster"
        )
    if wanted != config.network.masks and config.network.masks:
        config = replace(config, inference=replace(config.inference, head="embeddings"))
    if len(references) > wanted:
        raise SeparationError(f"{len(references)} references, but {wanted} voices to separate")
    true = [load_mixture(name, config.signal.sample_rate)[0] for name in references]
    done = separate_file(network.to(_device(device)), wav, out or wav.parent, wanted, config, force=force)
    for note in done.notes:
        click.echo(note)
    for name in done.files:
        click.echo(name)
    if references:
        print_improvement(references, true, done)


@main.command()
@click.argument("configs", nargs=-1)
@device_option
@click.option(
    "--steps", type=click.IntRange(3, 100_000), default=20, show_default=True, help="Steps to time."
)
@click.option("--losses/--no-losses", default=True, help="Time the losses against their other forms, too.")
@click.option(
    "--train", "real", type=click.IntRange(1), help="Train each for so many steps, too, speech and all."
)
@click.option("--json", "target", type=_path, help="Write the figures to this file, too.")
@set_option
def bench(
    configs: tuple[str, ...],
    device: str,
    steps: int,
    losses: bool,
    real: int | None,
    target: Path | None,
    settings: tuple[str, ...],
) -> None:
    """Time the parts of a training step of each of CONFIGS, and the losses against their naive forms."""
    from separation.bench import time_losses, time_steps
    from separation.config import load_config
    from separation.hardware import hardware_of
    from separation.report import print_losses, print_step

    if target and not target.parent.is_dir():
        raise SeparationError(f"there is no folder {target.parent} to write {target.name} into")
    where = _device(device)
    names = configs or (("chimera",) if where.type == "cuda" else ("laptop",))
    found: dict[str, Any] = {
        "device": asdict(hardware_of(where, 1, "32")),
        "steps": {},
        "losses": [],
        "training": {},
    }
    click.echo(f"{found['device']['kind'].upper()}: {found['device']['name']}")
    for name in names:
        config = load_config(name, settings)
        for number, stage in enumerate(config.training.stages):
            times = time_steps(config, where, steps=steps, stage=number)
            key = f"{name}, batch {stage.batch} x {stage.frames} frames"
            found["steps"][key] = asdict(times) | {"network_share": times.network_share}
            print_step(key, found["steps"][key])
        if real:
            found["training"][name] = _trained(config, real, device)
            told = ", ".join(f"{value:g} {what}" for what, value in found["training"][name].items())
            click.echo(f"  {real} steps of training: {told}")
    if losses:
        found["losses"] = [asdict(row) for row in time_losses(where)]
        print_losses(found["losses"])
    if target:
        target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _trained(config: Config, steps: int, device: str) -> dict[str, float]:
    """What a real training of some steps does, synthesis of its speech left out."""
    import tempfile

    from separation.data import open_corpus
    from separation.training import train

    training = replace(config.training, steps=steps, minutes=0.0, epochs=1)
    corpus = open_corpus(config.data, splits=("train", "valid"))
    with tempfile.TemporaryDirectory() as folder:
        state = train(replace(config, training=training), corpus, Path(folder), device=device)
    return {
        "steps/s": round(state.step / state.step_seconds, 2),
        "examples/s": round(state.examples / state.step_seconds, 1),
        "GiB at the peak": round(state.peak_memory / 2**30, 2),
        "dB SI-SDR improvement": round(state.best, 2),
    }


def _tested_on(config: DataConfig, layout: Any, data: Path | None) -> DataConfig:
    """The run's own corpus, or recorded mixtures from a folder."""
    if layout is None:
        return config
    if data is None:
        raise SeparationError(f"--layout {layout} needs --data, the folder with the mixtures")
    return replace(config, layout=layout, path=str(data))


# --- where it runs -------------------------------------------------------------------------------------------


def _check_commit(commit: str | None) -> None:
    if commit is not None and not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise SeparationError(f"--commit is 40 hex digits, not {commit!r}")


def _check_device(device: str) -> None:
    import torch

    if device == "gpu" and not torch.cuda.is_available():
        raise SeparationError(
            "there is no GPU that this PyTorch can use; leave --device out, or say --device cpu"
        )


def _device(device: str) -> torch.device:
    import torch

    _check_device(device)
    if device == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    torch.set_float32_matmul_precision("high")
    return torch.device("cuda")


def _git() -> tuple[str, bool]:
    """The commit of this code and whether its tracked files differ from it; ("", False) without git."""

    def git(*arguments: str) -> str:
        here = Path(__file__).parent
        try:
            done = subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, check=False)
        except OSError:
            return ""
        return done.stdout.strip() if not done.returncode else ""

    return git("rev-parse", "HEAD"), bool(git("status", "--porcelain", "--untracked-files=no"))
