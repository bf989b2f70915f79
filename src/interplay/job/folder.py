"""The folder of a run: entries that appear atomically, are reused while their inputs stand, and survive a kill."""

from __future__ import annotations

import fcntl
import hashlib
import json
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from interplay._core.errors import ConfigError
from interplay.io.atomic import write_aside

T = TypeVar("T")


def file_digest(path: Path) -> str:
    """Hash a file's bytes (blake2b, 32 digits), in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


class Folder:
    """One run's folder.

    A stage is reused when the marker beside its file names the same key (settings, inputs and versions) and the file
    still has the digest that the marker recorded. The marker is written last, so a kill at any moment leaves either a
    stage that counts or one that is done again.

    Parameters
    ----------
    path : Path
        Made if absent.
    """

    def __init__(self, path: Path) -> None:
        if path.exists() and not path.is_dir():
            raise ConfigError(f"`out` must be a folder, got the file {path}. Choose another name.")
        self.path, self._made = path, not path.exists()
        (path / "stages").mkdir(parents=True, exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process; a second run in the same folder is refused.

        A new folder in which nothing was written by the time of an error, as for a wrong argument, is removed again.
        """
        with (self.path / "stages" / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise ConfigError(
                    f"another run is writing to {self.path}. Wait for it, or choose another `out`."
                ) from error
            self._sweep()
            try:
                yield
            except BaseException:
                if self._made:
                    self._leave_nothing()
                raise

    def _leave_nothing(self) -> None:
        lock = self.path / "stages" / "lock"
        if list(self.path.rglob("*")) in ([lock.parent, lock], [lock, lock.parent]):
            lock.unlink()
            lock.parent.rmdir()
            self.path.rmdir()

    def refuse_others(self, settings: Collection[str]) -> None:
        """Refuse a folder whose plan.toml another command wrote: its plan, summary and report would be lost.

        Parameters
        ----------
        settings : collection of str
            Names that a plan of the caller may hold.

        Raises
        ------
        ConfigError
            If plan.toml holds none of them.
        """
        try:
            found = set(tomllib.loads((self.path / "plan.toml").read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return  # no plan, or a damaged one: it is written anew
        if found and not found & set(settings):
            raise ConfigError(
                f"the folder must be new or hold a run of this command, but {self.path / 'plan.toml'} is the plan of "
                f"something else: it sets {', '.join(sorted(found)[:3])}. Choose another folder."
            )

    def _sweep(self) -> None:
        """Remove what a kill in the middle of writing left: `io.atomic` writes in a hidden folder of its own."""
        for place in (self.path, self.path / "stages"):
            for shelter in place.glob(".*.????????"):
                left = list(shelter.iterdir()) if shelter.is_dir() else [shelter]
                if all(file.stem == "draft" and file.is_file() for file in left):
                    for file in left:
                        file.unlink()
                    shelter.rmdir()

    def write(self, name: str, text: str) -> Path:
        """Write one text file atomically."""
        target = self.path / name
        write_aside(target, text)
        return target

    def stage(
        self,
        name: str,
        file: str | Callable[[T], str],
        key: str,
        make: Callable[[], T],
        save: Callable[[Path, T], None],
        load: Callable[[Path], T],
    ) -> tuple[T, bool]:
        """Give a stage's result, from its file where that still counts.

        What was just made is read back from the file too: a fresh run and a resumed one go on from the same object.

        Parameters
        ----------
        name : str
        file : str, or callable from the result to str
            Its file below the folder; a callable where the name depends on what was made.
        key : str
            Digest of everything the result depends on.
        make, save, load : callable
            Compute it; write it atomically; read it.

        Returns
        -------
        result, reused : object and bool
        """
        marker = self._marker(name)
        target = self.standing(name, key)
        reused = target is not None
        if target is None:
            marker.unlink(missing_ok=True)
            made = make()
            relative = file if isinstance(file, str) else file(made)
            target = self.path / relative
            save(target, made)
            write_aside(marker, _json({"key": key, "file": relative, "digest": file_digest(target)}))
        return load(target), reused

    def _marker(self, name: str) -> Path:
        return self.path / "stages" / f"{name.replace(' ', '-')}.json"

    def standing(self, name: str, key: str | None = None) -> Path | None:
        """Give a stage's file if it is still the one its marker was written for.

        Parameters
        ----------
        name : str
            Of the stage.
        key : str or None
            What the marker must name; None takes the stage whatever it was made from.

        Returns
        -------
        Path or None
        """
        try:
            known = json.loads(self._marker(name).read_text(encoding="utf-8"))
            target: Path = self.path / known["file"]
            return target if key in (None, known["key"]) and known["digest"] == file_digest(target) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, sort_keys=True) + "\n"
