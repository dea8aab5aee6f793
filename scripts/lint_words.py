"""Refuse words that plain New Zealand English has a better one for, and te reo Māori with wrong macrons.

Checks documentation, deployment examples, scripts, the widget's sources, and the comments and strings of Python:

    scripts/lint_words.py [--count] [FILE OR FOLDER…]

If a listed word really is the right one, put `lint-words: allow WORD` in a comment on its line or on the line before.
An allowance that isn't needed is refused too.
"""

import io
import re
import subprocess
import sys
import tokenize
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# The two files that spell out what is refused.
OWN = frozenset({"scripts/lint_words.py", "tests/unit/test_lint_words.py"})
CHECKED = re.compile(
    r"\.(md|py|tsx?|m?js|css|html|sh|toml|ya?ml|conf|service|example|mako)$"
    r"|^(src|deploy)/.*\.json$"
    r"|^deploy/.*file$"
    r"|^scripts/[\w-]+$"
    r"|^\.ci/run$"
)

# Each: what is refused, where a space matches any white space, and what to write instead.
WORDS: tuple[tuple[str, str], ...] = (
    (r"whoever|whomever", "name them: the operator, the clinician, anyone who"),
    (r"anew", "again, or a verb with re-: re-read, re-encode"),
    (r"meanwhile", "in the meantime, since then; often it can go"),
    (r"at hand", "available, open, nearby"),
    (r"by (?:it|my|him|her|your|one)self|by (?:them|our)selves", "automatically, alone, on its own"),
    (r"(?:takes?|taking|taken|took) (?:it |them |this |that )?down", "record, log"),
    (r"(?:stands?|stood)(?! in for\b)(?! alone\b)(?!-)", "is, are, remains; or name the place"),
    (r"(?:un)?seal(?:s|ed|ing)?", "encrypt, decrypt"),
    (r"95(?:th)? (?:of|in) (?:a |every )?(?:100|hundred)", "p95"),
    (r"look(?:s|ed|ing)? at (?:it |them |this )?again", "re-read, check again"),
    (r"made to hurt", "malicious"),
    (r"two and two", "in pairs"),
    (r"strands?", "shard"),
    (r"telegraphs?", "NOTIFY"),
    (r"(?:wait|waits|waited|waiting) in a circle", "deadlock"),
    (r"asks? and asks?|asked and asked", "poll, query repeatedly"),
    (r"(?:tells?|told|telling) (?:[\w'’-]+ ){0,4}apart", "distinguish"),
    (
        r"(?:streams?|listeners?|gateways?|desktops?|phones?) (?:(?:is|are|may|still) )*(?:told|hears?)",
        "receives",
    ),
    (r"events? (?:(?:is|are|was|were) )?(?:tells?|told|hears?|heard)", "is published, is received"),
    (r"hangs? under", "is under"),
)
_REFUSED = tuple(
    (re.compile(rf"(?<![\w.-])(?:{spaced})(?![\w(])", re.IGNORECASE), better)
    for spaced, better in ((words.replace(" ", r"\s+"), better) for words, better in WORDS)
)

# Words whose macrons people and editors lose. Names that are also written without one are not here.
TE_REO = (
    "Kākāpō Kererū Kōpua kōrero Kōtare Kōura Kōwhai Māngere Mānuka Māori Mātātā Ngāi Ngāti Ngāwhare Ōtāhuhu Ōtautahi "
    "Pākehā Pāua pēpi Pīwakawaka Pōhutukawa Pōtiki Pūkeko Pūriri Tarāpunga Tīeke Tōtara Tūhoe Tūī Whakatūpuranga "
    "whānau Whangārei Whetū"
)
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+")

_ALLOW = re.compile(r"lint-words: allow ([^\n<>*`]+?)\s*(?=-->|\*/|`|$)", re.MULTILINE)
_GAP = "\N{BROKEN BAR}"  # between two pieces of text that are not read on


@dataclass(frozen=True, order=True)
class Finding:
    """A word to replace: where it is, the word, and what to write instead."""

    path: str
    line: int
    word: str
    better: str

    def __str__(self) -> str:
        return f'{self.path}:{self.line}: "{self.word}": {self.better}'


def check(path: str, text: str) -> list[Finding]:
    """Return what `text`, the content of the file `path`, should say differently."""
    allowed = {
        (_line(text, match.start()), word.strip().casefold()): False
        for match in _ALLOW.finditer(text)
        for word in match[1].split(",")
    }
    findings = []
    for at, word, better in _refused(path, _prose(path, _ALLOW.sub(_blank, text)), text):
        line = _line(text, at)
        keys = [(line, word.casefold()), (line - 1, word.casefold())]
        if used := [key for key in keys if key in allowed]:
            allowed |= dict.fromkeys(used, True)
        else:
            findings.append(Finding(path, line, word, better))
    findings += [
        Finding(path, line, word, "allowed and not found here")
        for (line, word), used in allowed.items()
        if not used
    ]
    return sorted(findings)


def _refused(path: str, prose: str, text: str) -> Iterator[tuple[int, str, str]]:
    """Yield where each refused word begins, the word on one line, and what is better."""
    for pattern, better in _REFUSED:
        for match in pattern.finditer(prose):
            # In code, one word between quotes is a name: of a column, an event, a test's case.
            quotes = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
            if path.endswith(".md") or quotes not in {'""', "''"}:
                yield match.start(), " ".join(match[0].split()), better
    for match in _WORD.finditer(prose):
        right = _MACRONS.get(_plain(match[0]))
        if right is not None and match[0].lower() != right:
            yield match.start(), match[0], f"write {right}, composed (NFC)"


def _plain(word: str) -> str:
    """Return `word` in lower case without macrons."""
    return "".join(
        each for each in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(each)
    )


_MACRONS = {_plain(word): word.lower() for word in TE_REO.split()}


# --- the text of a file -------------------------------------------------------------------------------------

# What may be between two words of one sentence: marks at the start of a line, a joint of strings, a forced space.
_JOINTS = re.compile(
    r"^[ \t]*(?:\#+|//+|/?\*+/?|>|--)(?=\s)|[\"'`]\s*\+\s*[\"'`]|\{\s*[\"'] *[\"']\s*\}|&nbsp;|\\[nrt]|\*",
    re.MULTILINE,
)


def _prose(path: str, text: str) -> str:
    """Return the text that people read, on the lines and in the columns where it is."""
    return _JOINTS.sub(_blank, _python(text) if path.endswith(".py") else text)


def _python(source: str) -> str:
    """Return the comments and strings of Python; adjacent ones are read as one text."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    prose = [each if each.isspace() else _GAP for each in source]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        begin = starts[token.start[0] - 1] + token.start[1]
        end = starts[token.end[0] - 1] + token.end[1]
        prose[begin:end] = _text_of(token.type, source[begin:end])
    return "".join(prose)


def _text_of(kind: int, source: str) -> str:
    """Return what a person reads of one token, in as many characters."""
    if kind == tokenize.COMMENT:
        return " " + source[1:]
    if kind == tokenize.STRING:
        # Before Python 3.12 an f-string is one token, expressions and all.
        formatted = "f" in source[: source.index(source.lstrip("bBfFrRuUtT")[0])].lower()
        text = re.sub(r"^\w*(?:\"\"\"|'''|[\"'])|(?:\"\"\"|'''|[\"'])$", _blank, source)
        return re.sub(r"\{\{|\}\}|\{[^{}]*\}", _gap, text) if formatted else text
    name = tokenize.tok_name[kind]
    if name.endswith("STRING_MIDDLE"):
        return source
    if name.endswith(("STRING_START", "STRING_END")) or source == "+" or source.isspace():
        return _spaces(source)
    return re.sub(r"\S", _GAP, source)


def _blank(match: re.Match[str]) -> str:
    return _spaces(match[0])


def _gap(match: re.Match[str]) -> str:
    return re.sub(r"\S", " " if match[0] in {"{{", "}}"} else _GAP, match[0])


def _spaces(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


# --- the command --------------------------------------------------------------------------------------------


def files() -> list[str]:
    """Return every file of the project that is checked, new ones included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return sorted(name for name in set(listed) if CHECKED.search(name) and (ROOT / name).is_file())


def main(arguments: Sequence[str]) -> int:
    """Print what was found and return the exit code."""
    paths = [Path(argument).resolve() for argument in arguments if argument != "--count"]
    findings = [
        finding
        for name in files()
        if name not in OWN and (not paths or any((ROOT / name).is_relative_to(path) for path in paths))
        for finding in check(name, (ROOT / name).read_text("utf-8"))
    ]
    if "--count" in arguments:
        for name, count in Counter(finding.path for finding in findings).most_common():
            print(f"{count:5} {name}")
    else:
        for finding in findings:
            print(finding)
    if findings:
        print(
            f"lint-words: {len(findings)} to reword; the word list is in scripts/lint_words.py.",
            file=sys.stderr,
        )
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
