"""Replacing a method by one that is given the original."""

import functools
from typing import Any, Callable


def wrap(owner: Any, name: str, replacement: Callable[..., Any]) -> None:
    """Puts `replacement(original, self, ...)` in the place of `owner.name`."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        return replacement(original, self, *args, **kwargs)

    setattr(owner, name, wrapped)
