"""A disk that fails: the k-th call that would change it is refused, or kills the process."""

import errno
import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest


REFUSALS = (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO)
_CALLS = ("fsync", "rename", "replace", "link", "symlink", "mkdir", "rmdir", "unlink", "remove")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Strikes:
    """How many calls would have changed the disk, and which of them were struck."""

    def __init__(self, act: Callable[[str], None], at: int, *, lasting: bool) -> None:
        self.act, self.at, self.lasting = act, at, lasting
        self.count = 0
        self.struck: list[str] = []

    def is_due(self) -> bool:
        """Tell whether the next call will be struck."""
        return self.count + 1 == self.at or (self.lasting and self.count >= self.at)

    def meet(self, call: str) -> None:
        """Count *call*; strike it when it is its turn."""
        is_due = self.is_due()
        self.count += 1
        if is_due:
            self.struck.append(call)
            self.act(call)


@contextmanager
def failing_disk(
    at: int, act: Callable[[str], None], *, lasting: bool = False
) -> Iterator[Strikes]:
    """Call *act* instead of the call number *at* that changes the disk.

    With *lasting*, instead of every later one too. Half of what the struck
    write was to write arrives, as on a full disk.
    """
    strikes = Strikes(act, at, lasting=lasting)
    real_open, real_descriptor = io.open, os.open

    def changed(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*arguments: Any, **options: Any) -> Any:
            strikes.meet(name)
            return real(*arguments, **options)

        return call

    def open_file(file: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if not set(mode) & set("wxa+"):
            return real_open(file, mode, *rest, **options)
        strikes.meet("open")
        opened = real_open(file, mode, *rest, **options)
        real_write = opened.write

        def write(data: Any) -> Any:
            if strikes.is_due():
                real_write(data[: len(data) // 2])
                opened.flush()
            strikes.meet("write")
            return real_write(data)

        opened.write = write  # type: ignore[method-assign]
        return opened

    def open_descriptor(path: Any, flags: int, *rest: Any, **options: Any) -> int:
        if flags & _WRITING:
            strikes.meet("open")
        return real_descriptor(path, flags, *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        for name in _CALLS:
            patch.setattr(os, name, changed(name))
        patch.setattr(io, "open", open_file)
        patch.setattr(os, "open", open_descriptor)
        yield strikes


def refuse(number: int) -> Callable[[str], None]:
    """Return what makes a call fail with the error *number*."""

    def act(_: str) -> None:
        raise OSError(number, os.strerror(number))

    return act


def killed_at(at: int, work: Callable[[], object]) -> bool:
    """Do *work* in a copy of this process that dies at the disk-changing call number *at*.

    Return False when *work* was done before there were so many calls.
    """
    child = os.fork()
    if child == 0:
        try:
            with failing_disk(at, lambda _: os.kill(os.getpid(), signal.SIGKILL)):
                work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)
