"""The errors a user can cause, and only those."""

from collections.abc import Iterable


class DriplineError(Exception):
    """A mistake the user can mend: where it is, what it is, what to do.

    Shown as one message without a traceback. Any other exception is a bug of
    dripline's and keeps its traceback.
    """

    def __init__(
        self,
        message: str,
        *,
        path: object = None,
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        # A name may hold a line end; the message would then seem to be two.
        self.path = None if path is None else str(path).replace("\n", "\\n")
        self.line = line
        self.hint = hint

    def __str__(self) -> str:
        """Return `path:line: message`, with the hint on a line of its own."""
        place = "".join(f"{part}:" for part in (self.path, self.line) if part is not None)
        first = f"{place} {self.message}" if place else self.message
        return f"{first}\n  {self.hint}" if self.hint else first


class DriplineErrors(DriplineError):  # noqa: N818 - several of the one above
    """Several mistakes, reported together so that they are mended in one go."""

    def __init__(self, errors: Iterable[DriplineError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))

    def __str__(self) -> str:
        """Return the messages, one after the other."""
        return self.message


def raise_all(errors: Iterable[DriplineError]) -> None:
    """Raise *errors* together; a single one as itself, none not at all."""
    found = tuple(errors)
    if len(found) == 1:
        raise found[0]
    if found:
        raise DriplineErrors(found)
