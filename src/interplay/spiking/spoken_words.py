"""Made-up spoken words as spikes of a cochlea: the same sounds in another order are another word.

A stand-in for the Spiking Heidelberg Digits where those are not at hand. What it shares with them: 700 channels in
order of frequency, twenty classes, a dozen speakers, words of about 0.7 s and 8 to 10 thousand spikes each, and ridges
of activity (formants) that move. What it does not share: speech.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.rng import stream
from interplay.data import LabelledEvents

#: Orders of the four sounds of a family, one word each. The second is the first backwards, glides and all.
_ORDERS = ((0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1))
#: Where the three formants may lie (share of the frequency axis), how far they glide, and their mean shares of spikes.
_BANDS = ((0.12, 0.38), (0.42, 0.64), (0.70, 0.88))
_GLIDE, _SHARES = 0.12, (0.45, 0.33, 0.22)
#: Standard deviation of a ridge (share of the axis), and share of a sound over which it swells, and fades.
_RIDGE, _EDGE = 0.022, 0.15
_WORD_S, _LEAD_S, _TAIL_S = 0.7, 0.05, 0.05
#: Where a uniform draw of standard deviation 1 ends: nobody among a dozen speakers is far out.
_BOUND = 3**0.5
#: Variation at difficulty 1. Between speakers: shift of the axis and log of the tempo. Between utterances: log of the
#: tempo, log of the length of each sound, wobble of each formant, seconds of silence before the word, log of loudness.
_SHIFT, _TEMPO = 0.04, 0.12
_RATE, _STRETCH, _WOBBLE, _ONSET_S, _LOUD = 0.10, 0.50, 0.015, 0.40, 0.15


def spoken_digits(
    n_per_class: int,
    *,
    classes: int = 20,
    channels: int = 700,
    speakers: int = 12,
    events: float = 9000.0,
    noise: float = 0.1,
    difficulty: float = 1.0,
    vocabulary: int = 0,
    seed: int = 0,
) -> LabelledEvents:
    """Speak made-up words into a made-up cochlea.

    Each word is four sounds; each sound is three formants that glide. Words come in families of four that have the
    same sounds in four different orders, the second being the first played backwards. So within a family neither
    the number of spikes nor the count of any channel says which word it was; the order in time does.

    Parameters
    ----------
    n_per_class : int, >= 1
        Utterances of each word.
    classes : int, in [2, 400]
        Words. Families are filled one after the other.
    channels : int, >= 16
        Units, from low frequency to high.
    speakers : int, >= 1
        Utterance i of every word is by speaker ``i % speakers``. A speaker has an own shift of frequencies and tempo.
    events : float, > 0
        Mean number of spikes per utterance.
    noise : float, in [0, 1)
        Share of spikes that are background, uniform over channels and time.
    difficulty : float, >= 0
        Multiplies all variation between speakers and between utterances: shift of frequencies (standard deviation
        0.04 of the axis), tempo (0.12 and 0.10, in logarithm), length of each sound (0.5, in logarithm), wobble of
        each formant (0.015 of the axis), silence before the word (uniform up to 0.4 s), loudness (0.15, in
        logarithm). Speakers are spread evenly, utterances normally. At 0 utterances of a word differ by chance
        alone.
    vocabulary : int, >= 0
        Seed of the words themselves. Two sets with one vocabulary have the same words, whatever their `seed`.
    seed : int, >= 0
        Seed of the speakers and the utterances. Utterance i of a word is the same however many there are.

    Returns
    -------
    LabelledEvents
        Samples in the order (utterance, word); `group` is the speaker; times are float32. The observed duration ends
        0.05 s after the word.

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    An utterance is an inhomogeneous Poisson process: given formants F_f(t), their shares a_f(t) and a loudness e(t),
    channel x fires at a rate proportional to e(t) sum_f a_f(t) exp(-(x - F_f(t))^2 / (2 r^2)), r = 0.022 of the axis.
    It is sampled exactly, as a marked process: number, then time, formant and channel of each spike. A sound has the
    same mean number of spikes wherever it stands and however long it lasts, which is what makes counts useless within
    a family. What falls off the axis is not heard. Cost O(spikes), about 3 ms per utterance of 9000.

    What simple read-outs find in it is measured in docs/methods/labelled_events.md.

    Examples
    --------
    >>> data = spoken_digits(2, classes=4, channels=64, events=500, seed=1)
    >>> data.classes.tolist(), data.group.tolist()[:5]
    (['0a', '0b', '0c', '0d'], ['speaker 0', 'speaker 0', 'speaker 0', 'speaker 0', 'speaker 1'])
    """
    require_setting("n_per_class", n_per_class, least=1, whole=True)
    require_setting("classes", classes, least=2, most=400, whole=True)
    require_setting("channels", channels, least=16, whole=True)
    require_setting("speakers", speakers, least=1, whole=True)
    require_setting("events", events, above=0, below=1e7)
    require_setting("noise", noise, least=0, below=1)
    require_setting("difficulty", difficulty, least=0, below=np.inf)
    require_setting("vocabulary", vocabulary, least=0, whole=True)
    times, units, durations = [], [], []
    voices = [_voice(seed, k, difficulty) for k in range(speakers)]
    for i in range(n_per_class):
        for c in range(classes):
            rng = stream(seed, "spoken digits", i, c)
            word = _word(vocabulary, c // 4, c % 4)
            time, unit, duration = _utter(word, voices[i % speakers], rng, events, noise, difficulty, channels)
            times.append(time)
            units.append(unit)
            durations.append(duration)
    return LabelledEvents(
        time=np.concatenate(times),
        unit=np.concatenate(units),
        pointer=np.concatenate([[0], np.cumsum([len(t) for t in times])]),
        label=np.tile(np.arange(classes), n_per_class),
        classes=np.array([f"{c // 4}{'abcd'[c % 4]}" for c in range(classes)]),
        n_units=channels,
        duration_s=np.array(durations),
        group=np.repeat([f"speaker {i % speakers}" for i in range(n_per_class)], classes),
        notes=(
            f"Made-up words (vocabulary {vocabulary}, difficulty {difficulty:g}); words of one number are the same "
            "sounds in another order.",
        ),
    )


@dataclass(frozen=True, eq=False)
class _Voice:
    """How one speaker differs from the mean."""

    shift: float
    tempo: float


@dataclass(frozen=True, eq=False)
class _Word:
    """Four sounds in their order, three formants each."""

    start: NDArray[np.float64]  # (4, 3), share of the frequency axis
    stop: NDArray[np.float64]  # (4, 3)
    share: NDArray[np.float64]  # (4, 3), of the spikes of the sound, cumulative over formants


def _voice(seed: int, speaker: int, difficulty: float) -> _Voice:
    rng = stream(seed, "speaker", speaker)
    shift, tempo = rng.uniform(-_BOUND, _BOUND, 2)
    return _Voice(_SHIFT * difficulty * shift, float(np.exp(_TEMPO * difficulty * tempo)))


@lru_cache(maxsize=512)
def _word(vocabulary: int, family: int, order: int) -> _Word:
    """Draw the sounds of a family and lay them in order."""
    rng = stream(vocabulary, "sounds", family)
    low, high = np.array(_BANDS).T
    start = rng.uniform(low, high, (4, 3))
    stop = np.clip(start + _GLIDE * rng.choice((-1.0, 1.0), (4, 3)), low - 0.02, high + 0.02)
    loud = np.array(_SHARES) * np.exp(0.3 * rng.normal(size=(4, 3)))
    loud /= loud.sum(axis=1, keepdims=True)
    if order == 1:
        start, stop = stop, start
    laid = list(_ORDERS[order])
    return _Word(start[laid], stop[laid], np.cumsum(loud, axis=1)[laid])


def _utter(
    word: _Word,
    voice: _Voice,
    rng: np.random.Generator,
    events: float,
    noise: float,
    difficulty: float,
    channels: int,
) -> tuple[NDArray[np.float32], NDArray[np.int64], float]:
    """Speak one word once: times (s), channels, and how long it was observed (s)."""
    stretch = np.exp(_STRETCH * difficulty * rng.normal(size=4))
    length = _WORD_S * voice.tempo * float(np.exp(_RATE * difficulty * rng.normal()))
    first = _LEAD_S + _ONSET_S * difficulty * rng.random()
    wobble = _WOBBLE * difficulty * rng.normal(size=3)
    loud = float(np.exp(_LOUD * difficulty * rng.normal() - 0.5 * (_LOUD * difficulty) ** 2))
    duration = first + length + _TAIL_S
    total = rng.poisson(events * loud)
    n_noise = rng.binomial(total, noise)
    n = total - n_noise

    sound, within = rng.integers(0, 4, n), _swell(rng.random(n))
    ends = np.concatenate([[0.0], np.cumsum(stretch) / stretch.sum()])
    spoken = ends[sound] + within * (ends[sound + 1] - ends[sound])
    formant = (rng.random(n)[:, None] > word.share[sound, :2]).sum(axis=1)
    ridge = word.start[sound, formant] + within * (word.stop[sound, formant] - word.start[sound, formant])
    place = ridge + voice.shift + wobble[formant] + _RIDGE * rng.normal(size=n)

    time = np.concatenate([first + length * spoken, duration * rng.random(n_noise)])
    place = np.concatenate([place, rng.random(n_noise)])
    heard = (place >= 0) & (place < 1)
    time, unit = time[heard].astype(np.float32), (place[heard] * channels).astype(np.int64)
    order = np.lexsort((unit, time))
    return time[order], np.minimum(unit[order], channels - 1), float(np.float32(duration)) * (1 + 1e-6)


def _swell(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Place spikes within a sound that swells over its first part, lasts, and fades over its last, as straight lines.

    Every sound has as many spikes wherever it stands in a word, and however long it is: else their counts would tell.
    """
    mass = share * (1 - _EDGE)
    rising = np.sqrt(2 * _EDGE * mass)
    fading = 1 - np.sqrt(2 * _EDGE * (1 - _EDGE - mass))
    return np.where(mass < _EDGE / 2, rising, np.where(mass > 1 - 1.5 * _EDGE, fading, mass + _EDGE / 2))
