"""What is typed of a circuit: read exactly, or refused with what to write instead."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError
from interplay.circuits import activation
from interplay.job.circuit_options import read_numbers, read_phi, read_settings, read_signs, require_none, spread_drive


def test_numbers_are_read_between_commas():
    assert read_numbers("drive", "0.6, 0,-1e-3").tolist() == [0.6, 0.0, -1e-3]


@pytest.mark.parametrize("text", ["", "0.6,", "a", "nan", "1,inf", "1_000", "1;2"])
def test_what_is_no_list_of_numbers_is_refused(text):
    with pytest.raises(ConfigError, match="`drive` must be finite numbers between commas"):
        read_numbers("drive", text)


@pytest.mark.parametrize("text", ["e,e,i,0", "E, E,I,?", "eei0", "1,+1,-1,0", "++-0"])
def test_signs_can_be_written_in_several_ways(text):
    assert read_signs(text).tolist() == [1, 1, -1, 0]


def test_one_negative_sign_is_one_unit():
    assert read_signs("-1").tolist() == [-1]


@pytest.mark.parametrize("text", ["", "e,x", "excitatory", "2,1", "e,,i"])
def test_wrong_signs_are_refused(text):
    with pytest.raises(ConfigError, match="`sign` must be one of e, i and 0 per unit"):
        read_signs(text)


def test_an_activation_is_read_with_its_parameters():
    assert read_phi("relu") == activation("relu")
    assert read_phi("clip:top=2") == activation("clip", top=2.0)
    assert read_phi("threshold-linear:gain=0.5,threshold=1") == activation("threshold_linear", gain=0.5, threshold=1.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rleu", "did you mean 'relu'"),
        ("rleu:top=1", "did you mean 'relu'"),
        ("relu:top=1", "'relu' has no parameters"),
        ("clip:", "Leave the colon out"),
        ("clip:tpo=1", "did you mean 'top'"),
        ("clip:top=1,top=2", "got 'top' twice"),
        ("clip:top=-1", "top"),
        ("clip:top=high", "top"),
        ("clip:top", "key=value"),
    ],
)
def test_a_wrong_activation_is_refused(text, words):
    with pytest.raises(ConfigError, match=words):
        read_phi(text)


def test_settings_are_said_once():
    assert read_settings(["w_ee=1.5", "w-ei = 2"], ["w_ee", "w_ei"]) == {"w_ee": 1.5, "w_ei": 2}
    with pytest.raises(ConfigError, match="got 'w_ee' twice"):
        read_settings(["w_ee=1", "w-ee=2"], ["w_ee"])


@pytest.mark.parametrize(
    ("numbers", "sign", "drive", "said"),
    [
        ([0.6, 0.1], [1, -1], [0.6, 0.1], ""),
        ([0.6], [1, -1], [0.6, 0.0], "0.6 to every excitatory unit; 0 to the others"),
        ([1.0, 2.0], [1, 1, -1], [1.0, 2.0, 0.0], "one number to each excitatory unit; 0 to the others"),
        ([1.0], [0, 0], [1.0, 1.0], "1 to every unit"),
        ([1.0], [1, 1], [1.0, 1.0], "1 to every unit"),
    ],
)
def test_an_input_is_laid_out_over_units_and_that_is_said(numbers, sign, drive, said):
    found, words = spread_drive(np.array(numbers), np.array(sign))
    assert found.tolist() == drive
    assert said in words


@pytest.mark.parametrize(("numbers", "sign"), [([1, 2, 3], [1, -1]), ([1, 2], [0, 0, 0]), ([1, 2], [1, -1, -1, 1, 1])])
def test_an_input_of_the_wrong_length_is_refused(numbers, sign):
    with pytest.raises(ConfigError, match=rf"`drive` must hold {len(sign)} numbers.*got {len(numbers)}"):
        spread_drive(np.array(numbers, float), np.array(sign))


def test_an_option_without_effect_is_refused():
    require_none({"sign": None, "set": ()}, "a motif", "Why.")
    with pytest.raises(ConfigError, match=r"`--sign` must be left out for a motif, got e,i. Why."):
        require_none({"sign": "e,i"}, "a motif", "Why.")
    with pytest.raises(ConfigError, match=r"`--set` must be left out for a file, got a=1, b=2"):
        require_none({"set": ("a=1", "b=2")}, "a file", "Why.")
