"""The linter for words finds them however they are written, and leaves code and good English alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from lint_words import OWN, check, files

ROOT = Path(__file__).parents[2]


def words(path: str, text: str) -> list[tuple[int, str]]:
    return [(finding.line, finding.word) for finding in check(path, text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Whoever runs it decides.",
        "The page is rendered anew.",
        "MEANWHILE, nothing happens.",
        "With Evolution at hand, press the icon.",
        "It goes on by itself.",
        "Retries happen by themselves.",
        "Each refusal is taken down.",
        "It takes them down.",
        "The word stands beside the name.",
        "What stood behind it was lost.",
        "The names are sealed.",
        "The *sealed* names.",
        "The 95th of 100 took 54 ms.",
        "95 in 100 calls",
        "It is looked at again later.",
        "A file made to hurt ends one of them.",
        "They go by two and two.",
        "The phone hears of it.",
        "Streams are told at once.",
        "An event is told once.",
        "This tells one case apart from the other.",
        "The path hangs under the host.",
        "A rope of 33 strands",
    ],
)
def test_a_refused_word_is_found_in_every_kind_of_file(sentence: str) -> None:
    assert words("docs/page.md", f"# Page\n\n{sentence}\n")
    assert words("src/room.py", f'"""A room.\n\n{sentence}\n"""\n')
    assert words("src/room.py", f"x = 1  # {sentence}\n")
    assert words("src/room.py", f'raise Refused("{sentence}")\n')
    assert words("widget/src/room.tsx", f"export const Room = () => <p>{sentence}</p>;\n")
    assert words("scripts/setup", f"# {sentence}\n")
    assert words("deploy/systemd/clinicpro.service", f"# {sentence}\n")


@pytest.mark.parametrize(
    "sentence",
    [
        "The sandbox stands in for ALEX; it is a stand-in.",
        "A long-standing fault, understood outstandingly.",
        "Record it, then take the picture.",
        "It handles what it has at its own pace.",
        "Select the handle.",
        "Look again at the inbox.",
        "Two tabs, and two phones.",
        "The clinician is told what to do.",
        "We heard from the practice.",
    ],
)
def test_good_english_is_left_alone(sentence: str) -> None:
    assert not words("docs/page.md", sentence)


def test_a_phrase_split_over_lines_is_found_where_it_begins() -> None:
    assert words("docs/page.md", "It goes on by\nitself.") == [(1, "by itself")]
    assert words("docs/page.md", "> What is at\n> hand") == [(1, "at hand")]
    assert words("src/room.py", '"""A room.\n\n    It goes on by\n    itself.\n    """\n') == [
        (3, "by itself")
    ]
    assert words("src/room.py", "# It goes on by\n# itself.\n") == [(1, "by itself")]
    assert words("widget/src/room.ts", "/**\n * It goes on by\n * itself.\n */\n") == [(2, "by itself")]
    assert words("widget/src/room.ts", "// It goes on by\n// itself.\n") == [(1, "by itself")]
    assert words("scripts/test", "# It goes on by\n# itself.\n") == [(1, "by itself")]


def test_a_phrase_split_over_strings_is_found() -> None:
    assert words("src/room.py", 'text = (\n    "It goes on by "\n    "itself."\n)\n') == [(2, "by itself")]
    assert words("src/room.py", 'text = "It goes on by " + "itself."\n') == [(1, "by itself")]
    assert words("src/room.py", 'text = "It goes on by\\nitself."\n') == [(1, "by itself")]
    assert words("src/room.py", 'text = f"{n} go on by " "themselves"\n') == [(1, "by themselves")]
    assert words("widget/src/room.ts", 'const text = "It goes on by " +\n  "itself.";\n') == [
        (1, "by itself")
    ]
    assert words("widget/src/room.tsx", '<p>It goes on by{" "}\n  itself.</p>\n') == [(1, "by itself")]


def test_an_f_string_is_read_and_its_expressions_are_not() -> None:
    assert words("src/room.py", 'text = f"{count} pictures wait; whoever {name} is"\n') == [(1, "whoever")]
    assert words("src/room.py", 'text = rf"""{count} {{sealed}} \\d"""\n') == [(1, "sealed")]
    assert not words("src/room.py", 'text = f"{sealed} at {hand}"\n')
    assert not words("src/room.py", 'text = f"at {place} hand"\n')


def test_names_in_code_are_not_prose() -> None:
    assert not words("src/room.py", "sealed = seal(strand, told)\n")
    assert not words("src/room.py", 'row["strand"], entry("audit.strands"), \'anew\'\n')
    assert not words("widget/src/room.ts", "const key = seal(bytes); store.stands(3); isSealed();\n")
    assert not words("src/room.py", "x = at\nhand = 1\n")
    assert words("docs/page.md", 'Say "anew" less.') == [(1, "anew")]


def test_every_macron_is_right_in_every_case() -> None:
    for wrong in (
        "Maori",
        "MAORI",
        "Kereru",
        "Kereruu"[:6],
        "Kerērū",
        "Tui",
        "Ngati Porou",
        "Ma\u0304ori",
        "whanau",
    ):
        assert words("docs/page.md", f"Say {wrong}."), wrong
        assert words("src/room.py", f'word = "{wrong}"\n'), wrong
    for right in ("Māori", "MĀORI", "Kererū's", "Tūī", "Ngāti Porou", "whānau", "Tuition", "Kea"):
        assert not words("docs/page.md", f"Say {right}."), right


def test_a_word_that_is_right_is_allowed_on_its_line_or_the_one_before_and_nowhere_else() -> None:
    assert not words("docs/page.md", "A sealed bag. <!-- lint-words: allow sealed -->\n")
    assert not words("src/room.py", "# lint-words: allow Maori, at hand\ntext = b'at hand: Maori text'\n")
    assert not words("widget/src/room.ts", "/* lint-words: allow sealed */\n// a sealed bag\n")
    assert words("docs/page.md", "<!-- lint-words: allow sealed -->\n\nA sealed bag.\n") == [
        (1, "sealed"),
        (3, "sealed"),
    ]


def test_an_allowance_that_is_not_needed_is_refused() -> None:
    (finding,) = check("docs/page.md", "<!-- lint-words: allow sealed -->\nA bag.\n")
    assert finding.better == "allowed and not found here"


def test_documents_scripts_sources_and_examples_are_checked_and_locks_are_not() -> None:
    checked = set(files())
    assert {
        "README.md",
        "CHANGELOG.md",
        "docs/README.md",
        "scripts/test",
        ".ci/run",
        "pyproject.toml",
        "deploy/caddy/Caddyfile",
        "deploy/grafana/clinicpro.json",
        "src/clinicpro_images/cli.py",
        "tests/conftest.py",
        "widget/src/phone.tsx",
        *OWN,
    } <= checked
    assert not any(name.startswith("locks/") or name.endswith(("lock.json", ".png")) for name in checked)


def test_the_command_names_file_line_and_word_and_fails(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "lint_words.py"
    nothing = subprocess.run(
        [sys.executable, script, tmp_path], check=False, capture_output=True, text=True, timeout=60
    )
    assert (nothing.returncode, nothing.stdout) == (0, "")
