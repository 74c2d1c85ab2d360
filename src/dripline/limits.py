"""What a lesson may cost: stop what takes too long or too much memory."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dripline.errors import DriplineError


# Some short texts keep a Markdown parser busy for minutes (36 kB of "<![CDATA["
# took 27 s), and a template can count to a billion; a lesson does neither.
SECONDS = 10
# In bytes, beside what is in use already.
MEMORY = 500_000_000


@contextmanager
def limited() -> Iterator[None]:
    """Raise DriplineError when what happens inside takes too much, where the system can tell.

    The clock needs the main thread of a Unix program, the memory Linux. Both are
    limits of the whole process, so that another thread must not set them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with _limited_time(), _limited_memory():
        try:
            yield
        except MemoryError:
            raise DriplineError(f"takes more than {MEMORY // 1_000_000} MB to render") from None


@contextmanager
def _limited_time() -> Iterator[None]:
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise DriplineError(f"takes longer than {SECONDS} seconds to render")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _limited_memory() -> Iterator[None]:
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (ImportError, OSError, ValueError):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = pages * resource.getpagesize() + MEMORY
    if soft == resource.RLIM_INFINITY or wanted < soft:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
