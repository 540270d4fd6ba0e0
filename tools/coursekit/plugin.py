"""The MkDocs adapter: hands the pages of the pipeline to MkDocs and adds nothing of its own.

MkDocs reads no content itself: every page, those of site_src/ too, arrives as a generated file.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from pathlib import Path
from typing import Any, Literal

from mkdocs.config.base import Config as PluginConfig
from mkdocs.config.config_options import Type
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from coursekit.loading import load
from coursekit.model import CannotStart, Diagnostic, PageOutput, Severity
from coursekit.pipeline import Build, build
from coursekit.preview import Preview
from coursekit.shell import CONTENT_SECURITY_POLICY, SCRIPTS, STYLE_SHEETS, navigation, watched_folders
from coursekit.staging import to_markdown

log = logging.getLogger("mkdocs.plugins.coursekit")
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\b(?:src|type)=)[^>]*>(.*?)</script>", re.DOTALL)
_LEVELS = {Severity.ERROR: logging.ERROR, Severity.WARNING: logging.WARNING, Severity.INFO: logging.INFO}


class _Options(PluginConfig):
    policy = Type(bool, default=True)  # write the Content-Security-Policy into every page


class CourseKitPlugin(BasePlugin[_Options]):
    """Registered as `coursekit`."""

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        self.serving = command == "serve"
        self.preview = Preview()
        self.prepared: Build | None = None  # what `course build` has made already

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        # before everything else in extra_css, so that a course can overrule the look
        config.extra_css[:0] = [sheet for sheet in STYLE_SHEETS if sheet not in config.extra_css]
        config.extra_javascript[:0] = [
            script for script in SCRIPTS if script not in map(str, config.extra_javascript)
        ]
        return config

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        made = self._build(config)
        for source in list(files.documentation_pages()):
            files.remove(source)  # the pipeline has read it; MkDocs must not read it again
        for output in made.outputs:
            if existing := files.get_file_from_path(output.path):
                files.remove(existing)
            content: Any = to_markdown(output) if isinstance(output, PageOutput) else output.data
            files.append(File.generated(config, output.path, content=content))
        config.nav = navigation(output for output in made.outputs if isinstance(output, PageOutput))
        return files

    def _build(self, config: MkDocsConfig) -> Build:
        if self.prepared:
            return self.prepared
        root = Path(config.config_file_path or ".").resolve().parent
        try:
            made = build(load(root), directory_urls=config.use_directory_urls)
        except CannotStart as error:
            for finding in error.diagnostics:
                log.error(_line(finding))
            if self.serving and (kept := self.preview.when_broken(error)):
                return kept
            raise PluginError(str(error)) from None
        for finding in made.findings:
            log.log(_LEVELS[finding.severity], _line(finding))
        return self.preview.after(made) if self.serving else made

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        depth = page.url.count("/")
        feed = f'<link rel="alternate" type="application/atom+xml" title="New and improved" href="{"../" * depth}feed.xml">'
        output = output.replace("</head>", f"{feed}\n</head>", 1)
        if not self.config.policy:
            return output
        # Only the theme's own inline scripts get a digest: what stands in the page's body never does.
        shell = output.replace(page.content or "\0", "")
        return output.replace("<head>", f"<head>\n{policy_tag(shell)}", 1)

    def on_post_template(self, output_content: str, *, template_name: str, config: MkDocsConfig) -> str:
        if not self.config.policy or not template_name.endswith(".html"):
            return output_content
        return output_content.replace("<head>", f"<head>\n{policy_tag(output_content)}", 1)

    def on_serve(self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
        root = Path(config.config_file_path or ".").resolve().parent
        for name in watched_folders():
            if (root / name).exists():
                server.watch(str(root / name))
        return server


def policy_tag(shell: str) -> str:
    """The Content-Security-Policy that lets this page run the inline scripts that are in it, and no others."""
    digests = sorted(
        {
            base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            for script in _INLINE_SCRIPT.findall(shell)
        }
    )
    policy = CONTENT_SECURITY_POLICY.format(scripts=" ".join(f"'sha256-{digest}'" for digest in digests))
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">'


def _line(finding: Diagnostic) -> str:
    where = f"{finding.path}:{finding.place.line}:{finding.place.column}"
    return f"{where} {finding.message} [{finding.rule}]" + (f" ({finding.help})" if finding.help else "")
