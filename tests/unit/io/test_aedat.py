"""AEDAT: packets and records written by hand, read back bit by bit."""

import struct

import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import DataError
from interplay.io.aedat import read_aedat
from interplay.testing.camera_files import aedat_2, aedat_3


def write(tmp_path, raw):
    path = tmp_path / "film.aedat"
    path.write_bytes(raw)
    return path


def rows(n=50, seed=0, width=128, height=128):
    rng = np.random.default_rng(seed)
    return np.column_stack(
        [
            np.sort(rng.integers(0, 10**6, n)), rng.integers(0, width, n), rng.integers(0, height, n),
            rng.integers(0, 2, n), np.ones(n, int),
        ]
    )  # fmt: skip


def test_every_bit_of_packets_comes_back(tmp_path):
    one = rows()
    film = read_aedat(write(tmp_path, aedat_3([(1, one[:20]), (1, one[20:20]), (1, one[20:])])))
    found = np.column_stack([film.time_us, film.x, film.y, film.on])
    assert (found == one[:, :4]).all()
    assert (film.height, film.width) == (128, 128)
    y, x = np.divmod(film.unit % 128**2, 128)
    assert (np.column_stack([x, y, film.unit // 128**2 == 0]) == one[:, 1:4]).all()
    assert film.notes == ("read as AEDAT 3.1, polarity events; (0, 0) is the upper left",)


def test_one_event_is_laid_out_as_the_maker_says(tmp_path):
    """x = 5 at bit 17, y = 3 at bit 2, ON at bit 1, valid at bit 0: 655360 + 12 + 2 + 1."""
    raw = aedat_3([])
    raw += (
        struct.pack("<hhiiiiii", 1, 1, 8, 4, 0, 1, 1, 1) + (655375).to_bytes(4, "little") + (77).to_bytes(4, "little")
    )
    film = read_aedat(write(tmp_path, raw))
    assert (film.x.tolist(), film.y.tolist(), film.on.tolist(), film.time_us.tolist()) == ([5], [3], [True], [77])


def test_times_that_overflow_go_on(tmp_path):
    film = read_aedat(
        write(tmp_path, aedat_3([(1, [(2**31 - 1, 0, 0, 1, 1)]), (1, [(4, 0, 0, 1, 1)])], overflow=[0, 1]))
    )
    assert film.time_us.tolist() == [2**31 - 1, 2**31 + 4]


def test_other_events_and_invalid_ones_are_left_out_and_told(tmp_path):
    one = rows(10)
    one[3, 4] = one[7, 4] = 0
    film = read_aedat(write(tmp_path, aedat_3([(0, bytes(24)), (1, one), (3, bytes(8)), (40, bytes(16))])))
    assert (film.time_us == one[one[:, 4] == 1, 0]).all()
    text = "; ".join(film.notes)
    for part in ("3 event(s) of kind special", "1 event(s) of kind IMU6", "2 event(s) of kind type 40"):
        assert part in text
    assert "2 event(s) marked invalid were left out" in text


def test_cameras_are_told_by_the_header_or_by_the_events(tmp_path):
    film = read_aedat(write(tmp_path, aedat_3([(1, rows(width=240, height=180))], source="DAVIS240C")))
    assert (film.width, film.height) == (240, 180)
    film = read_aedat(write(tmp_path, aedat_3([(1, [(0, 9, 4, 1, 1)])], source="homemade")))
    assert (film.width, film.height) == (10, 5)
    assert "the camera (homemade) is not known; 10x5 pixels were taken" in film.notes[-1]


def test_pixels_outside_the_camera_are_refused_with_their_packet(tmp_path):
    good, bad = rows(5), rows(5)
    bad[2, 1] = 128
    raw = aedat_3([(1, good), (1, bad)])
    place = raw.index(b"END-HEADER\r\n") + 12 + 28 + 40
    with pytest.raises(DataError, match=rf"128x128, got x=128, y=\d+ and 1 such .* packet at byte {place}\."):
        read_aedat(write(tmp_path, raw))


def test_every_cut_of_a_file_is_refused_or_ends_between_packets(tmp_path):
    raw = aedat_3([(1, rows(3)), (1, rows(2))])
    start = raw.index(b"END-HEADER\r\n") + 12
    ends = {start: 0, start + 28 + 24: 3, len(raw): 5}
    for k in range(1, len(raw) + 1):
        path = write(tmp_path, raw[:k])
        if k in ends:
            assert len(read_aedat(path).time_us) == ends[k]
        elif k > start:
            whole = max(end for end in ends if end < k)
            with pytest.raises(DataError, match=rf"begins at byte {whole}, but the file ends at byte {k}\."):
                read_aedat(path)
        else:
            with pytest.raises(DataError, match=r"header must end|must begin with|of version"):
                read_aedat(path)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"kind": -1}, "type -1"),
        ({"size": 0}, "size 0"),
        ({"size": 12}, "size 12"),
        ({"offset": 0}, "offset 0"),
        ({"overflow": -1}, "overflow -1"),
        ({"number": -3}, "number -3"),
        ({"number": 9}, "capacity 4, number 9"),
        ({"valid": 5}, "valid 5"),
    ],
)
def test_heads_that_make_no_sense(tmp_path, change, match):
    head = {"kind": 1, "source": 1, "size": 8, "offset": 4, "overflow": 0, "capacity": 4, "number": 4, "valid": 4}
    raw = aedat_3([]) + struct.pack("<hhiiiiii", *{**head, **change}.values()) + bytes(64)
    with pytest.raises(DataError, match=f"makes no sense .*{match}"):
        read_aedat(write(tmp_path, raw))


def test_a_wrong_number_of_valid_events_is_told(tmp_path):
    raw = bytearray(aedat_3([(1, rows(4))]))
    place = raw.index(b"END-HEADER\r\n") + 12
    raw[place + 24 : place + 28] = (2).to_bytes(4, "little")
    assert "1 packet(s) say another number of valid events" in read_aedat(write(tmp_path, bytes(raw))).notes[-1]


def test_records_of_version_2_count_rows_from_below(tmp_path):
    one = [(10, 1, 0, 1), (12, 127, 127, 0), (15, 0, 0, 2)]
    film = read_aedat(write(tmp_path, aedat_2(one)))
    assert (film.time_us.tolist(), film.x.tolist(), film.y.tolist()) == ([10, 12], [1, 127], [127, 0])
    assert film.on.tolist() == [True, False]
    assert "1 event(s) from outside" in film.notes[-1]
    raw = aedat_2(one)
    with pytest.raises(DataError, match=rf"record of 8 bytes begins at byte {len(raw) - 8}, but the file ends"):
        read_aedat(write(tmp_path, raw[:-3]))
    with pytest.raises(DataError, match="DAVIS240C, whose addresses"):
        read_aedat(write(tmp_path, aedat_2(one, chip="eu.seebetter.DAVIS240C")))
    with pytest.raises(DataError, match=rf"16 bits, got 0x7f000000 at byte {len(raw)}"):
        read_aedat(write(tmp_path, raw + struct.pack(">Ii", 0x7F000000, 3)))


@pytest.mark.parametrize("version", [b"3.0", b"1.0", b"4.0", b"\xff\xfe"])
def test_other_versions(tmp_path, version):
    with pytest.raises(DataError, match=r"3\.1 and 2\.0 are read"):
        read_aedat(write(tmp_path, b"#!AER-DAT" + version + b"\r\n"))


def test_a_file_by_itself_is_a_recording_of_pixels(tmp_path):
    one = rows()
    found = ip.load(write(tmp_path, aedat_3([(1, one)])))
    assert isinstance(found, ip.Recording)
    assert found.n_units == 2 * 128 * 128
    assert np.allclose(found.events.time, (one[:, 0] - one[0, 0]) * 1e-6)
    one[[3, 4]] = one[[4, 3]]
    path = write(tmp_path, aedat_3([(1, one)]))
    with pytest.raises(DataError, match=r"event 3 at .* comes before event 4 .*sort=True"):
        ip.load(path)
    assert "1 step(s) back" in "; ".join(ip.load(path, sort=True).notes)
    with pytest.raises(DataError, match="no polarity event"):
        ip.load(write(tmp_path, aedat_3([])))
