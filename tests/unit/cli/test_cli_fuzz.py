"""Damaged files through the command: exit code 3 and one paragraph, or a file that loads; never a traceback."""

import pytest

from interplay.cli.app import call
from interplay.testing.mutations import corpus


def _typed(value):
    return ",".join(map(str, value)) if isinstance(value, tuple) else value


def push(folder, capsys, *, every, seed):
    codes = {0: 0, 3: 0}
    for sample in corpus(folder, seed=seed, every=every):
        hints = [f"--hint={key}={_typed(value)}" for key, value in sample.hints.items()]
        code = call(["info", str(sample.path), *hints])
        message = capsys.readouterr().err
        assert code in codes, f"{sample.name}: {message}"
        codes[code] += 1
        if code == 3:
            assert message.startswith("interplay: "), sample.name
            assert message.count("\n") == 1, sample.name
            assert "Traceback" not in message
    return codes


def test_damaged_files_end_in_one_paragraph(tmp_path, capsys):
    codes = push(tmp_path, capsys, every=23, seed=7)
    assert codes[3] >= 30


@pytest.mark.slow
def test_hundreds_of_damaged_files_end_in_one_paragraph(tmp_path, capsys):
    codes = push(tmp_path, capsys, every=3, seed=11)
    assert codes[3] >= 300
