"""What is wrong with a setting."""


class SettingsError(Exception):
    """A setting is missing or wrong; `str()` is one line that names the variable and never shows its value."""

    def __init__(self, variable: str, sentence: str) -> None:
        """`variable` is the environment variable's name; `sentence` continues it: "must be …", "is not set; …"."""
        self.variable = variable
        self.sentence = sentence
        super().__init__(f"{variable} {sentence}")


class InvalidValue(ValueError):
    """A parser refuses a text; `str()` says what it must be, without the full stop and without quoting the text."""


class InstallationIncomplete(Exception):
    """A part of the installation itself is missing; `str()` is one sentence that says which, and what to do."""
