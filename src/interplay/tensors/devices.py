"""Where tensors live: named by the caller, never guessed."""

from __future__ import annotations

import torch

from interplay._core.errors import ConfigError


def require_device(device: str) -> torch.device:
    """Check the name of a device.

    Parameters
    ----------
    device : str
        "cpu", "cuda" or "cuda:K" with the number K of the card.

    Returns
    -------
    torch.device

    Raises
    ------
    ConfigError
        If the name is none of these, or this machine has no such device.
    """
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ConfigError(f"`device` must be 'cpu', 'cuda' or 'cuda:K', got {device!r}. Name one of these.") from error
    if found.type not in ("cpu", "cuda"):
        raise ConfigError(f"`device` must be 'cpu', 'cuda' or 'cuda:K', got {device!r}. Name one of these.")
    cards = torch.cuda.device_count() if found.type == "cuda" and torch.cuda.is_available() else 0
    if found.type == "cuda" and (found.index or 0) >= cards:
        raise ConfigError(
            f"`device` must be one that this machine has: got {device!r}, and {cards} CUDA card(s) can be used here. "
            "Use device='cpu'."
        )
    return found
