import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from interplay._core.errors import ConfigError, MissingExtraError
from interplay.loop.references import FrozenCentre
from interplay.web import serve

pytest.importorskip("uvicorn", reason="the extra web is not installed")


def test_a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"port {port} of 127\.0\.0\.1 is in use"):
            serve.live(FrozenCentre, port=port)


def test_port_zero_takes_a_free_one():
    door = serve.listen_at("127.0.0.1", 0)
    assert door.getsockname()[1] > 0
    door.close()


@pytest.mark.parametrize(("host", "port"), [("no.such.host.invalid", 0), ("192.0.2.1", 0), ("127.0.0.1", 70000)])
def test_addresses_that_are_not_ours_are_refused(host, port):
    with pytest.raises(ConfigError, match=r"host|port"):
        serve.listen_at(host, port)


@pytest.mark.parametrize("package", ["fastapi", "uvicorn", "websockets"])
def test_a_missing_package_is_named(monkeypatch, package):
    find = serve.importlib.util.find_spec
    monkeypatch.setattr(serve.importlib.util, "find_spec", lambda name: None if name == package else find(name))
    with pytest.raises(MissingExtraError, match=rf"{package}.*interplay\[web\]"):
        serve.live(FrozenCentre, port=0)


@pytest.mark.parametrize(("setting", "value"), [("seconds", 0.0), ("seconds", -1.0), ("speed", 0.0), ("seed", -1)])
def test_impossible_settings_are_refused(setting, value):
    with pytest.raises(ConfigError, match=setting):
        serve.live(FrozenCentre, port=0, **{setting: value})


def test_an_unknown_player_is_refused_before_anything_is_served():
    with pytest.raises(ConfigError, match="nobody"):
        serve.live("nobody", port=0)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for other processes")
def test_ctrl_c_ends_the_server_without_a_word_too_many():
    command = [sys.executable, "-m", "interplay", "live", "frozen", "--port", "0", "--speed", "5"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        address = line.split()[1]
        assert address.startswith("http://127.0.0.1:")
        for _ in range(100):
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    assert b"Interplay live" in answer.read()
                break
            except OSError:
                time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, err) == (0, "")
    assert out.strip() == "ended"
