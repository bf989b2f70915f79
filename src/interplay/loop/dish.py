"""A culture in the loop: it is told where the ball is, its spikes move the paddle, and it feels hits and misses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, unknown_name
from interplay.arena.rules import Rules
from interplay.data import Events, Recording, Units
from interplay.loop.backend import Backend
from interplay.loop.backends import make_backend
from interplay.loop.clock import within
from interplay.loop.decoding import Decoder, Decoding, Readout
from interplay.loop.encoding import Encoding, advance_phase, site_channels
from interplay.loop.feedback import MODES, FeedbackMode, Protocol, Pulse, Shuffle
from interplay.loop.player import Feedback, PlayerError, View
from interplay.loop.recording import Recorder, spread_channels

Plasticity = Literal["stdp", "r_stdp_centred", "frozen", "readout"]
Ablation = Literal["none", "random_spikes", "zero_spikes", "frozen_decoder", "shuffled_feedback"]
PLASTICITIES: tuple[Plasticity, ...] = ("stdp", "r_stdp_centred", "frozen", "readout")
ABLATIONS: tuple[Ablation, ...] = ("none", "random_spikes", "zero_spikes", "frozen_decoder", "shuffled_feedback")

#: The clock of every backend.
TICK_S = 0.01
#: Ticks that are let pass at once where nothing is stimulated, at most.
_CHUNK = 50
_ALL = -1
_NOBODY = np.empty(0, np.int64)
_NO_PULSE = np.empty(0)
_S = TypeVar("_S")


class Dish:
    """A player whose paddle is moved by a culture.

    Parameters
    ----------
    backend : {"silicon", "poisson"}, "replay:PATH", or a Backend
        The simulated culture; independent Poisson channels; a recording that is played back (again and again, if it is
        too short); or an object, such as `loop.hardware.Hardware`.
    preset : {"1k", "5k", "20k"}
        Size of the simulated culture.
    feedback : {"fep", "silent", "open_loop", "rest"}
        "fep": predictable stimulation after a hit, unpredictable after a miss. "silent": nothing in their place, with
        the same timing. "open_loop": no feedback, and no pause after a miss. "rest": no input at all.
    plasticity : {"stdp", "r_stdp_centred", "frozen", "readout"}
        What learns in the simulated culture; "readout" freezes it and trains the decoder instead, on any backend. Other
        backends than "silicon" heed nothing but "readout".
    ablation : {"none", "random_spikes", "zero_spikes", "frozen_decoder", "shuffled_feedback"}
        "random_spikes": the decoder hears Poisson spikes at the culture's running rates. "zero_spikes": it hears none.
        "frozen_decoder": its gains stay as they are after the baseline, a trained read-out as it is after its first
        300 s of play. "shuffled_feedback": what is told of a hit or miss is drawn, with the share of hits so far.
    record : bool
        Whether `recording` gives something.
    record_channels : int, >= 2, or None
        Keep so many channels, spread evenly over those that fired during the baseline; None keeps all.
    warmup_s : float, s, >= 1
        Baseline before the first serve, without input: gains are learnt from it. It is no part of the session.
    culture : mapping or None
        Further settings of `spiking.Culture`.
    encoding, decoding, readout, protocol : Encoding, Decoding, Readout, Protocol, mapping of their settings, or None

    Raises
    ------
    ConfigError
        If a setting is unknown or contradicts another.

    Notes
    -----
    One tick: pulses for what the ball does now; 10 ms of culture; the command from all spikes up to then. Feedback
    takes the place of the sensory pulses while it lasts. A hit rewards the culture with +1, a miss with -1, whatever
    the stimulation ("rest" gives none); only "r_stdp_centred" heeds it. All draws are keyed by the seed: one seed, one
    session.

    References
    ----------
    Kagan et al. (2022), Neuron 110:3952.

    Examples
    --------
    >>> from interplay.loop import Budget, play
    >>> session = play(Dish("poisson", feedback="rest"), budget=Budget(rallies=1, seconds=None), seed=1)
    >>> session.player, session.n_rallies
    ('dish(poisson, rest)', 1)
    """

    def __init__(
        self,
        backend: str | Backend = "silicon",
        *,
        preset: str = "1k",
        feedback: FeedbackMode = "fep",
        plasticity: Plasticity = "stdp",
        ablation: Ablation = "none",
        record: bool = False,
        record_channels: int | None = None,
        warmup_s: float = 30.0,
        culture: Mapping[str, Any] | None = None,
        encoding: Encoding | Mapping[str, Any] | None = None,
        decoding: Decoding | Mapping[str, Any] | None = None,
        readout: Readout | Mapping[str, Any] | None = None,
        protocol: Protocol | Mapping[str, Any] | None = None,
    ) -> None:
        for kind, value, known in (
            ("`feedback`", feedback, MODES),
            ("`plasticity`", plasticity, PLASTICITIES),
            ("`ablation`", ablation, ABLATIONS),
        ):
            if value not in known:
                raise ConfigError(unknown_name(kind, str(value), known))
        require_setting("warmup_s", warmup_s, least=1)
        if record_channels is not None:
            require_setting("record_channels", record_channels, least=2)
        self.feedback, self.plasticity, self.ablation = feedback, plasticity, ablation
        self.record, self.record_channels, self.warmup_s = record, record_channels, warmup_s
        self.encoding = _settings("encoding", Encoding, encoding)
        self.decoding = _settings("decoding", Decoding, decoding)
        self.readout = _settings("readout", Readout, readout)
        self.protocol = _settings("protocol", Protocol, protocol)
        if ablation == "shuffled_feedback" and feedback != "fep":
            raise ConfigError(
                f'`ablation`="shuffled_feedback" needs `feedback`="fep", got {feedback!r}: there is nothing to shuffle.'
            )
        self.backend = make_backend(backend, preset, plasticity, dict(culture or {}))
        simulated = backend == "silicon"
        what = [] if simulated else [backend.partition(":")[0] if isinstance(backend, str) else type(backend).__name__]
        what += [preset] if simulated and preset != "1k" else []
        what += [feedback]
        what += [plasticity] if simulated or plasticity == "readout" else []
        what += [ablation] if ablation != "none" else []
        self.name = f"dish({', '.join(map(str, what)).lower()})"
        self.pauses = feedback != "open_loop"
        self._recorder: Recorder | None = None
        self._ready = False

    @property
    def electrodes(self) -> Units:
        """Give the electrodes: position (µm) and group."""
        return self.backend.channels

    @property
    def notes(self) -> tuple[str, ...]:
        """Give what a reader of the session must know."""
        return tuple(self._notes) if self._ready else ()

    # The session: begin, act, feel.

    def begin(self, rules: Rules, seed: int) -> None:
        """Make everything anew, and let the baseline pass."""
        if abs(rules.tick_s - TICK_S) > 1e-12:
            raise ConfigError(f"`rules.tick_s` must be {TICK_S:g} s for a dish, got {rules.tick_s:g}.")
        if self.encoding.rate_hz[1] * TICK_S > 1:
            raise ConfigError(f"`encoding.rate_hz` must be at most {1 / TICK_S:g} Hz, one pulse a tick.")
        if self.feedback == "fep" and rules.pause_ticks < self.protocol.ticks("miss", TICK_S):
            raise ConfigError(
                f'`feedback`="fep" needs pauses of at least {self.protocol.miss_s:g} s after a miss, but `pause_ticks` '
                f'is {rules.pause_ticks}. Use the rules of the dish, or feedback="open_loop".'
            )
        self.rules, self.seed = rules, seed
        self.reset(seed)
        self._tell_baseline()

    def reset(self, seed: int = 0) -> None:
        """Start the backend anew and let the baseline pass; time 0 is its end."""
        self.backend.reset(seed)
        channels = self.backend.channels
        senses = self.feedback != "rest"
        self._sites = site_channels(channels, self.encoding) if senses else ()
        self._everywhere = np.unique(np.concatenate(self._sites)) if senses else _NOBODY
        heard: dict[str, Literal["random", "silence"]] = {"random_spikes": "random", "zero_spikes": "silence"}
        self._decoder = Decoder(
            channels,
            TICK_S,
            self.decoding,
            self.readout if self.plasticity == "readout" else None,
            heard.get(self.ablation, "culture"),
            seed,
        )
        self._shuffle = Shuffle(0.4, seed)
        self._agenda: dict[int, list[Pulse]] = {}
        self._asked: dict[int, list[tuple[float, NDArray[np.int64], float]]] = {}
        self._now, self._origin = 0, 0  # ticks of the backend, and at the first serve
        self._phase, self._busy, self._events = 0.0, 0, 0
        self._shots, self._given = _NO_PULSE, _NOBODY
        self._heard, self._mode = _NOBODY, "rest"
        self._scan = np.zeros(channels.n, np.int64)
        self._notes: list[str] = []
        self._recorder = None
        self._ready = True
        self._pass(round(self.warmup_s / TICK_S), learn=True)
        self._origin = self._now
        if self.ablation == "frozen_decoder":
            self._decoder.learning = False
        if self.record:
            self._recorder = Recorder(channels, TICK_S, self._origin * TICK_S)

    def act(self, view: View) -> float:
        """Tell the culture of the ball, let a tick pass, and read the command off its spikes."""
        ball_x, ball_y, _, _, paddle_y, paddle_v = view[:6]
        rules = self.rules
        if self._recorder is not None:
            self._recorder.game(self._now - self._origin, paddle_y, ball_x, ball_y)
        if self._now >= self._busy:
            if self._mode != "play":
                self._enter("play")
            if self._sites:
                rate = self.encoding.rate(ball_x, rules.size_px)
                self._phase, delay_s = advance_phase(self._phase, rate, TICK_S)
                level = self.encoding.avoidable and paddle_y <= ball_y <= paddle_y + rules.paddle_px
                if delay_s >= 0.0 and not level:
                    site = self.encoding.site(ball_y, rules.size_px, paddle_y + rules.paddle_px / 2)
                    self._agenda.setdefault(self._now, []).append(Pulse(0, delay_s, site, self.encoding.amplitude_mv))
        self._step(1, learn=True)
        decoder = self._decoder
        if decoder.readout is None:
            return decoder.command
        if self._now % decoder.readout.every == 0 and decoder.training:
            decoder.sample(2.0 * ball_y / rules.size_px - 1.0)
            if self.ablation == "frozen_decoder" and decoder.samples * decoder.readout.every * TICK_S >= (
                decoder.readout.fixed_after_s
            ):
                decoder.training = False
        aim = (decoder.height() + 1.0) * rules.size_px / 2.0
        # Where the paddle would come to rest by itself.
        rest = paddle_y + rules.paddle_px / 2 + paddle_v * rules.keep / (1.0 - rules.keep)
        return math.tanh((aim - rest) / decoder.readout.width_px)

    def feel(self, feedback: Feedback) -> None:
        """Let the culture feel a hit or a miss; after a miss, live through the pause."""
        if feedback.kind == "serve":
            return
        if feedback.kind == "hit" and self._recorder is not None:
            self._recorder.hit(self._now - self._origin)
        if feedback.kind == "miss":
            self._decoder.train()
        if feedback.kind == "miss" and self._recorder is not None:
            self._recorder.miss(self._now - self._origin, feedback.hits, feedback.pause_ticks)
        self._tell(feedback.kind)
        if feedback.kind == "miss" and feedback.pause_ticks:
            self._wait(feedback.pause_ticks)

    # The generic surface: stimulate, let time pass, hear.

    def stim(
        self,
        channels: ArrayLike,
        amplitude_mv: float,
        *,
        phase: float = 0.0,
        freq_hz: float = 0.0,
        duration_s: float = 0.0,
    ) -> None:
        """Ask for pulses from now on.

        Parameters
        ----------
        channels : (K,) int array
        amplitude_mv : float, mV
        phase : float, in [0, 1)
            Share of a period that passes before the first pulse.
        freq_hz : float, Hz, >= 0
            0 asks for a single pulse now.
        duration_s : float, s
            How long the train lasts.
        """
        self._require_begun()
        require_setting("freq_hz", freq_hz, least=0)
        require_setting("phase", phase, least=0, below=1)
        where = np.asarray(channels, dtype=np.int64).ravel()
        times = [0.0] if freq_hz == 0 else [(phase + k) / freq_hz for k in range(round(duration_s * freq_hz) + 1)]
        for time in times:
            if time < duration_s or time == 0.0:
                tick = int(time / TICK_S + 1e-9)
                row = (max(time - tick * TICK_S, 0.0), where, amplitude_mv)
                self._asked.setdefault(self._now + tick, []).append(row)

    def step(self, dt_s: float = TICK_S) -> Events:
        """Let time pass without a game.

        Parameters
        ----------
        dt_s : float, s
            A multiple of 10 ms.

        Returns
        -------
        Events
            Spikes per channel, on the clock that began after the baseline.

        Raises
        ------
        ConfigError
            If `dt_s` is no multiple of 10 ms.
        PlayerError
            If the backend gives a spike that lies outside this time.
        """
        self._require_begun()
        ticks = round(dt_s / TICK_S)
        if ticks < 1 or abs(ticks * TICK_S - dt_s) > 1e-9:
            raise ConfigError(f"`dt_s` must be a multiple of {TICK_S:g} s, got {dt_s:g}.")
        begin = (self._now - self._origin) * TICK_S
        found = self._pass(ticks, learn=False)
        stop = (self._now - self._origin) * TICK_S
        time = np.concatenate([t for t, _ in found]) - self._origin * TICK_S
        return Events.from_events(
            within(time, begin, stop, whose="the time that has just passed"),
            np.concatenate([c for _, c in found]),
            n_units=self.backend.channels.n,
            span=(begin, stop),
        )

    # What is seen and kept.

    def watching(self) -> dict[str, Any]:
        """Give what can be seen now.

        Returns
        -------
        dict
            "spikes" and "site": electrodes that spiked and that were stimulated in the last stretch of time; "rates":
            "up" and "down", spikes per second of the motor areas; "phase": "play", "feedback" or "rest".
        """
        if not self._ready:
            return {}
        up, down = self._decoder.rates_hz()
        return {"spikes": self._heard, "site": self._given, "rates": {"up": up, "down": down}, "phase": self._mode}

    def recording(self) -> Recording | None:
        """Give the session as a recording; None where `record` is False, or nothing was played."""
        if self._recorder is None:
            return None
        keep = None
        notes = [*self._notes, "the baseline before the first serve is not part of the recording"]
        if self.record_channels is not None:
            keep = spread_channels(self.backend.channels, self._scan, self.record_channels)
            notes.append(
                f"{len(keep)} of {self.backend.channels.n} channels, spread over the {int((self._scan >= 3).sum())} "
                "that fired at least 3 spikes during the baseline"
            )
        look = getattr(self.backend, "truth", None)
        truth = look(keep, (self._now - self._origin) * TICK_S) if callable(look) else None
        self._recorder.n_ticks = self._now - self._origin
        meta = {"session_description": f"Pong played by {self.name}, seed {self.seed}.", "player": self.name}
        return self._recorder.close(keep, truth=truth, meta=meta, notes=tuple(notes))

    # Private steps.

    def _require_begun(self) -> None:
        if not self._ready:
            raise PlayerError("a dish must be begun before it is used. Call `reset(seed)` or let `play` begin it.")

    def _tell_baseline(self) -> None:
        silent = self._decoder.silent_areas()
        if silent:
            self._notes.append(
                f"no spike in {' and '.join(silent)} during the baseline; until there is one the paddle is not pushed"
            )
        if not getattr(self.backend, "responds", True):
            self._notes.append(f"{type(self.backend).__name__}: this culture does not respond to stimulation")
        if self.ablation != "none":
            self._notes.append(f"ablation: {self.ablation}")

    def _enter(self, mode: str) -> None:
        self._mode = mode
        if self._recorder is not None:
            self._recorder.phase(self._now - self._origin, mode)

    def _tell(self, happened: Literal["hit", "miss"]) -> None:
        """Reward, and put the stimulation of a feedback on the agenda."""
        if self.feedback == "rest":
            return
        kind = self._shuffle.draw(happened) if self.ablation == "shuffled_feedback" else happened
        self.backend.reward(1.0 if kind == "hit" else -1.0)
        if self.feedback != "fep":
            return
        protocol = self.protocol
        self._agenda.clear()
        if kind == "hit":
            pulses = protocol.predictable(TICK_S)
        else:
            pulses = protocol.unpredictable(len(self._sites), TICK_S, self.seed, self._events)
        self._events += 1
        for pulse in pulses:
            self._agenda.setdefault(self._now + pulse.tick, []).append(pulse)
        self._busy = self._now + protocol.ticks(kind, TICK_S)
        self._enter("feedback")

    def _wait(self, ticks: int) -> None:
        """Live through a pause: the feedback first, then rest."""
        told = min(max(self._busy - self._now, 0), ticks)
        if told:
            self._pass(told, learn=False)
        self._enter("rest")
        if ticks > told:
            self._pass(ticks - told, learn=False)

    def _pass(self, ticks: int, *, learn: bool) -> list[tuple[NDArray[np.float64], NDArray[np.int64]]]:
        """Let ticks pass, in chunks that begin or end where pulses are given."""
        end = self._now + ticks
        found = []
        while self._now < end:
            if self._now in self._agenda or self._now in self._asked:
                chunk = 1
            else:
                due = [k for k in (*self._agenda, *self._asked) if self._now < k < end]
                chunk = min(min(due, default=end) - self._now, _CHUNK)
            found.append(self._step(chunk, learn=learn))
        return found

    def _step(self, ticks: int, *, learn: bool) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Give the pulses that are due, let the backend advance, and listen."""
        begin = self._now * TICK_S
        if self._now in self._agenda or self._now in self._asked:
            self._give(begin)
        elif len(self._given):
            self._given = _NOBODY
            self._shots = self._shots[-1:]
        time, channel = self.backend.advance(ticks)
        self._decoder.hear(time, channel, begin, ticks, pulses=self._shots, learn=learn)
        self._now += ticks
        self._heard = channel
        if self._recorder is not None:
            self._recorder.spikes(time, channel)
        elif self._origin == 0:
            self._scan += np.bincount(channel, minlength=len(self._scan))
        return time, channel

    def _give(self, begin: float) -> None:
        shots, given = [], []
        for _, delay_s, site, amplitude_mv in self._agenda.pop(self._now, ()):
            where = self._everywhere if site == _ALL else self._sites[site]
            self.backend.stim(where, amplitude_mv, delay_s)
            shots.append(begin + delay_s)
            given.append(where)
            if self._recorder is not None:
                self._recorder.pulse(begin + delay_s, site, amplitude_mv)
        for delay_s, where, amplitude_mv in self._asked.pop(self._now, ()):
            self.backend.stim(where, amplitude_mv, delay_s)
            shots.append(begin + delay_s)
            given.append(where)
        self._shots = np.array([*self._shots[-1:], *sorted(shots)])
        self._given = np.concatenate(given)


def _settings(name: str, kind: type[_S], given: _S | Mapping[str, Any] | None) -> _S:
    if given is None:
        return kind()
    if isinstance(given, kind):
        return given
    if isinstance(given, Mapping):
        try:
            return kind(**given)
        except TypeError as error:
            raise ConfigError(f"`{name}` has a setting that {kind.__name__} does not know: {error}.") from error
    raise ConfigError(f"`{name}` must be a {kind.__name__} or a mapping of its settings, got {given!r}.")
