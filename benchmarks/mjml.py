"""dripline against the MJML CLI: one course of eight emails, cold, in whole processes.

A run of dripline and a run of MJML take turns, so that what else the machine
does meets both. What is compared is the ratio within each pair.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from html import escape
from pathlib import Path

import lxml.html

from dripline.build import render_loaded
from dripline.markup import render_markdown
from dripline.model import Email, RenderedCourse
from dripline.workspace import Workspace, load_course


ROOT = Path(__file__).parent.parent
COURSE = "when-a-partner-says-no"
TOOLS = Path(os.environ.get("DRIPLINE_TOOLS", ROOT / ".tools"))
MJML = TOOLS / "node_modules" / ".bin" / "mjml"
PAIRS = 25
WARM_UPS = 2
EMAILS = 8

# The look of the built-in theme as an MJML author would write it.
HEAD = """\
<mj-attributes>
  <mj-all font-family="-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif" />
  <mj-text font-size="17px" line-height="1.6" color="#262626" padding="0 24px 16px" />
  <mj-button background-color="#1d6a60" color="#ffffff" border-radius="6px" font-size="17px" />
  <mj-section background-color="#ffffff" />
</mj-attributes>
<mj-style inline="inline">
  h1 { font-size: 28px; line-height: 1.25; color: #1a1a1a; margin: 0 }
  h2 { font-size: 21px; line-height: 1.3; color: #1a1a1a; margin: 0 }
  blockquote { border-left: 3px solid #1d6a60; margin: 0; padding-left: 16px }
  li { margin-bottom: 8px }
  a { color: #1d6a60 }
</mj-style>
<mj-style>
  @media (prefers-color-scheme: dark) { .card { background: #1e1e1e !important } }
</mj-style>"""


def format_mjml(email: Email, rendered: RenderedCourse) -> str:
    """Return the same lesson as MJML: each block of its text, then a button."""
    action = rendered.course.campaign.call_to_action
    body = lxml.html.fragment_fromstring(render_markdown(email.markdown), create_parent="div")
    blocks = [lxml.html.tostring(block, encoding="unicode", with_tail=False) for block in body]
    texts = "\n".join(f"<mj-text>{block}</mj-text>" for block in blocks)
    return (
        f"<mjml><mj-head><mj-title>{escape(email.subject)}</mj-title>\n"
        f"<mj-preview>{escape(email.preheader)}</mj-preview>\n{HEAD}</mj-head>\n"
        f'<mj-body width="600px" background-color="#f2f2f2"><mj-section css-class="card">\n'
        f"<mj-column>\n{texts}\n"
        f'<mj-button href="https://example.org/">{escape(action.label)}</mj-button>\n'
        "</mj-column></mj-section></mj-body></mjml>\n"
    )


def prepare(folder: Path) -> tuple[Path, Path]:
    """Return a workspace with the course of the repository, and a folder with it as MJML."""
    root, sources = folder / "workspace", folder / "mjml"
    for name in ("campaigns", "content", "templates"):
        shutil.copytree(ROOT / name, root / name)
    sources.mkdir()
    rendered = render_loaded(Workspace(root=root), load_course(Workspace(root=root), COURSE))
    for email in rendered.emails:
        (sources / f"{email.name}.mjml").write_text(format_mjml(email, rendered), "utf-8")
    return root, sources


def time_dripline(root: Path, env: dict[str, str]) -> float:
    """Return the seconds that a build of the course takes where there was none before."""
    for remains in (root / "dist", root / ".dripline"):
        shutil.rmtree(remains, ignore_errors=True)
    program = str(Path(sys.executable).with_name("dripline"))
    command = [program, "build", COURSE, "--service", "html"]
    seconds = time_command(command, root, env)
    require_emails(root / "dist" / COURSE / "html", "*.html")
    require_emails(root / "dist" / COURSE / "html", "*.txt")
    return seconds


def time_mjml(sources: Path, env: dict[str, str]) -> float:
    """Return the seconds that MJML takes for the same eight emails, in one call."""
    out = sources / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    files = sorted(path.name for path in sources.glob("*.mjml"))
    seconds = time_command([str(MJML), *files, "-o", "out"], sources, env)
    require_emails(out, "*.html")
    return seconds


def require_emails(folder: Path, pattern: str) -> None:
    """Stop when *folder* does not hold the files of all eight emails."""
    found = len(list(folder.glob(pattern)))
    if found != EMAILS:
        sys.exit(f"{found} of {EMAILS} files {pattern} in {folder}")


def time_command(command: Sequence[str], folder: Path, env: dict[str, str]) -> float:
    """Return the seconds from start to end of a process, which has to succeed."""
    start = time.perf_counter()
    subprocess.run(
        command,
        cwd=folder,
        env=env,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def describe(name: str, seconds: Sequence[float]) -> str:
    """Return median, fastest and slowest of *seconds* on one line."""
    return (
        f"{name:<9} median {statistics.median(seconds):.3f} s "
        f"({min(seconds):.3f} to {max(seconds):.3f})"
    )


def main() -> None:
    """Run the pairs and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    pairs = parser.parse_args().pairs
    if not MJML.exists():
        sys.exit(f"There is no MJML in {TOOLS}: `make bench` installs it.")
    env = dict(os.environ)
    # As after any installation, byte code is there; a setting of this shell must not hide it.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        root, sources = prepare(Path(name))
        for number in range(-WARM_UPS, pairs):
            one, other = time_dripline(root, env), time_mjml(sources, env)
            if number >= 0:
                ours.append(one)
                theirs.append(other)
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    version = subprocess.run([MJML, "--version"], capture_output=True, text=True, check=True)
    print(f"{pairs} pairs; {' '.join(version.stdout.split())}; Python {sys.version.split()[0]}")
    print(describe("dripline", ours))
    print(describe("MJML", theirs))
    print(
        f"dripline / MJML: {statistics.median(ratios):.2f}, the median of the pairs "
        f"({min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    main()
