import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import DataError
from interplay.io.dish import RATE_HZ, SPIKE, load_session, read_log
from interplay.io.dish_game import game_statistics
from interplay.testing.dish_files import ACE_S, HIT_S, write_session


@pytest.fixture
def session(tmp_path):
    return write_session(tmp_path / "s", hits=(1, 0, 3, 0), replay=True)


def test_a_session_becomes_a_recording(session):
    recording = ip.load(session)
    assert recording.n_units == 13
    assert len(recording.events) == 260
    assert recording.units.group.tolist() == ["sensory", "motor_left", "motor_right"] * 4 + [""]
    assert recording.units.position_um[0].tolist() == [175.0, 175.0]
    assert np.isnan(recording.units.position_um[12]).all()
    assert recording.behavior["game"].names == ("paddle_y", "ball_x", "ball_y")
    assert recording.behavior["game"].dt_s == pytest.approx(0.01)
    assert recording.meta["recording chip id"] == "1"
    assert ip.load(session / "events.txt").digest == recording.digest == load_session(session).digest


def test_every_spike_keeps_its_channel_and_frame(session):
    raw = np.fromfile(session / "spikes.bin", dtype=SPIKE)
    recording = ip.load(session)
    origin = 202_364_032
    for unit, name in enumerate(recording.units.id.tolist()):
        frames = np.sort(raw["frame"][raw["channel"] == int(name)]).astype(np.int64)
        assert np.array_equal(recording.events.train(unit), (frames - origin) / RATE_HZ)


def test_rallies_and_their_clock(session):
    recording = ip.load(session)
    rallies, pauses = recording.epochs["rallies"], recording.epochs["pauses"]
    assert rallies.label.tolist() == ["1", "0", "3", "0"]
    lengths = rallies.stop - rallies.start
    assert lengths[1:] == pytest.approx([ACE_S, ACE_S + 3 * HIT_S, ACE_S])
    assert (pauses.start[:3] == rallies.stop[:3]).all()
    assert (pauses.stop - pauses.start)[:3] == pytest.approx(8.21)
    game = game_statistics(recording)
    assert (game.n_rallies, game.mean_hits, game.ace_fraction, game.long_fraction) == (4, 1.0, 0.5, 0.25)
    assert game.duration_s == pytest.approx(lengths)


def test_a_session_without_map_or_replay_says_so(session):
    (session / "map.cfg").unlink()
    (session / "replay.bin").unlink()
    recording = ip.load(session)
    assert recording.units.position_um is None
    assert not recording.behavior
    assert any("no electrode map" in n for n in recording.notes)
    assert any("no replay.bin" in n for n in recording.notes)


def edit(path, change):
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("spikes.bin", lambda raw: raw[:-3], r"13 byte\(s\) are left over after 259 records"),
        ("spikes.bin", lambda raw: raw[160:] + raw[:160], "record 250 has frame"),
        ("spikes.bin", lambda raw: b"\xff" * 16 + raw[16:], "record 0 has the frame 18446744073709551615"),
        ("spikes.bin", lambda raw: b"", "is empty"),
        ("events.txt", lambda raw: raw + b"hello\n", "line .* must be `info: ...` or `frame: event`"),
        ("events.txt", lambda raw: raw + b"5: ball missed\n", "frame 5 comes after frame"),
        ("events.txt", lambda raw: raw[: raw.index(b"20236")], r"logs no game, only 4 info line\(s\)"),
        ("events.txt", lambda raw: raw.replace(b"ball", b"b\xffll"), "is no text|is binary|no known format"),
        ("map.cfg", lambda raw: b"nothing here", "holds no `channel"),
        ("map.cfg", lambda raw: raw + b"0(1)9/9;", "channel 0 is listed twice"),
        ("replay.bin", lambda raw: raw[:-1], "header and records of 40 bytes"),
        ("replay.bin", lambda raw: raw[:40] + raw[80:120] + raw[40:80] + raw[120:], "record 1 comes before record 0"),
    ],
)
def test_damage_is_named(session, name, change, message):
    edit(session / name, change)
    with pytest.raises(DataError, match=message) as caught:
        ip.load(session)
    assert name in str(caught.value)


def test_missing_parts(session):
    (session / "spikes.bin").unlink()
    with pytest.raises(DataError, match=r"there is no file .*spikes\.bin"):
        ip.load(session)


def test_two_maps_are_not_chosen_between(session):
    (session / "other.cfg").write_text("0(1)1/1;")
    with pytest.raises(DataError, match="holds 2 electrode maps"):
        ip.load(session)


def test_a_log_that_begins_late_and_ends_open(session):
    lines = (session / "events.txt").read_text().splitlines()
    (session / "events.txt").write_text("\n".join(x for x in lines[:-2] if "begin" not in x) + "\n")
    log = read_log(session / "events.txt")
    recording = ip.load(session)
    assert len(recording.epochs["rallies"]) == len(log.frames_of("ball missed"))
    assert any("the first event logged" in n for n in recording.notes)


def test_statistics_need_rallies(session):
    from dataclasses import replace

    recording = ip.load(session)
    with pytest.raises(DataError, match='must have an epoch "rallies"'):
        game_statistics(replace(recording, epochs={}))
    with pytest.raises(DataError, match="must be numbers of hits"):
        game_statistics(replace(recording, epochs={"rallies": recording.epochs["pauses"]}))


def test_the_pilot_session_of_december_2020(data_dir):
    recording = ip.load(data_dir / "dish")
    game = game_statistics(recording)
    assert len(recording.events) == 66798
    assert game.n_rallies == 71
    assert round(game.mean_hits, 3) == 0.718
    assert round(100 * game.ace_fraction, 1) == 54.9
    assert round(100 * game.long_fraction, 1) == 5.6
    aces = game.duration_s[1:][game.hits[1:] == 0]
    assert np.median(aces) == pytest.approx(12.71, abs=0.005)
    names, counts = np.unique(recording.units.group, return_counts=True)
    assert dict(zip(names.tolist(), counts.tolist(), strict=True)) == {
        "": 124, "motor_left": 200, "motor_right": 200, "sensory": 500
    }  # fmt: skip
