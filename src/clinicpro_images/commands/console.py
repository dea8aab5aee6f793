"""The terminal of a command: names of files, patients, providers and labels are printed as they are, never as markup."""

from rich.console import Console


def open_console(*, stderr: bool = False, soft_wrap: bool = False) -> Console:
    """Return a console that changes nothing in what it prints: no markup, emoji codes or colours of its own choice.

    With `soft_wrap`, long lines are left to the terminal. A style is given as a `Text` or as `style=`.
    """
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=soft_wrap)
