"""What must not be in the repository, and drawings that must not lie."""

import re
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
#: Written in pieces, so that this file does not find itself.
FORBIDDEN = [
    r"(?<![\w.>}])/" + "work" + r"/",
    r"(?<![\w.>}])/" + "root" + r"/",
    r"(?<![\w.>}])/" + r"home/\w",
    r"(?<![\w.>}])/" + "tmp" + r"/",
    "files." + "pythonhosted",
    r"pypi\." + "org",
    "index" + "-url",
    r"\b" + "localhost" + r":\d",
]
TEXT = {".py", ".md", ".toml", ".txt", ".cfg", ".ini", ".yml", ".yaml", ".cff", ".html", ".css", ".js", ""}


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / line for line in done.stdout.splitlines()]


def test_no_file_names_a_machine_or_a_registry():
    found = []
    for path in tracked():
        if path.suffix not in TEXT or not path.is_file() or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            found += [
                f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}" for p in FORBIDDEN if re.search(p, line)
            ]
    assert not found


def test_no_file_is_large():
    heavy = [
        f"{p.relative_to(ROOT)}: {p.stat().st_size}" for p in tracked() if p.is_file() and p.stat().st_size > 2_000_000
    ]
    assert not heavy


def test_the_drawing_of_the_layers_is_the_contract():
    page = ROOT / "docs" / "architecture.md"
    if not page.is_file():
        pytest.skip("docs/architecture.md does not exist yet")
    contract = ConfigParser()
    contract.read(ROOT / ".importlinter")
    layers = contract["importlinter:contract:layers"]["layers"].strip().splitlines()
    blocks = re.findall(r"```\n(.*?)```", page.read_text(), flags=re.S)
    drawn = next((b.strip().splitlines() for b in blocks if b.strip().endswith("_core")), None)
    assert drawn is not None
    assert [line.strip() for line in drawn] == [line.strip() for line in layers]


def test_every_room_has_its_layer():
    contract = ConfigParser()
    contract.read(ROOT / ".importlinter")
    section = contract["importlinter:contract:layers"]
    placed = set(re.findall(r"\w+", section["layers"])) | set(section["exhaustive_ignores"].split())
    rooms = {p.name for p in (ROOT / "src" / "interplay").iterdir() if (p / "__init__.py").is_file()}
    assert rooms <= placed
