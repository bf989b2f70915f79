"""What importing costs: the root and the command's help stay light, and every module can be imported."""

import inspect
import json
import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest

import interplay

HEAVY = ("torch", "pandas", "matplotlib", "scipy.stats", "sklearn", "pynwb", "networkx", "numba", "h5py")
#: CPU seconds. The budget on the reference machine is 0.4; this bound only catches a heavy import by another name.
GENEROUS_S = 3.0
REPORT = "import json, sys, time; print(json.dumps([sorted(sys.modules), time.process_time()]))"
MODULES = sorted(m.name for m in pkgutil.walk_packages(interplay.__path__, "interplay.") if "__main__" not in m.name)
#: Files whose decorators need a package that is no dependency; each is imported in one place, where that is there.
NEEDING = {"interplay.spiking.nets.lif_triton": "triton"}


def fresh(code):
    """Run code in a new interpreter; give its modules and the CPU time it took."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules, seconds = json.loads(done.stdout.splitlines()[-1])
    return set(modules), seconds


def test_importing_the_root_is_light():
    modules, seconds = fresh(f"import interplay; interplay.__version__; {REPORT}")
    assert not modules.intersection(HEAVY)
    assert seconds < GENEROUS_S


def test_asking_the_command_for_help_is_light():
    code = "\n".join(
        [
            "import sys",
            "sys.argv = ['interplay', '--help']",
            "from interplay.cli import main",
            "try:",
            "    main()",
            "except SystemExit as end:",
            "    assert not end.code, end.code",
            REPORT,
        ]
    )
    modules, seconds = fresh(code)
    assert not modules.intersection(HEAVY)
    assert seconds < GENEROUS_S


def test_the_data_types_are_light():
    modules, _ = fresh(f"import interplay as ip; ip.Recording, ip.Snapshots, ip.TemporalGraph; {REPORT}")
    assert not modules.intersection(HEAVY)


@pytest.mark.parametrize("name", [m for m in MODULES if not m.startswith("interplay.tensors")])
def test_every_module_can_be_imported(name):
    if name in NEEDING:
        pytest.importorskip(NEEDING[name])
    import_module(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [m for m in MODULES if m.startswith("interplay.tensors")])
def test_every_module_with_torch_can_be_imported(name):
    import_module(name)


@pytest.mark.parametrize("room", [m for m in MODULES if m.count(".") == 1 and m != "interplay.tensors"])
def test_every_public_name_of_a_room_exists(room):
    module = import_module(room)
    names = getattr(module, "__all__", ())
    assert len(set(names)) == len(names)
    for file in pkgutil.iter_modules(module.__path__, f"{room}."):
        if "__main__" not in file.name:
            import_module(file.name)
    # A file that is called like a public name must not hide it once it is imported.
    found = {name: getattr(module, name) for name in names}
    assert not [name for name, thing in found.items() if inspect.ismodule(thing) and hasattr(thing, name)]
    for name in names:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError):
        module.no_such_name  # noqa: B018


def test_every_public_name_of_the_root_exists():
    for name in interplay.__all__:
        assert getattr(interplay, name) is not None
    assert set(interplay.__all__) <= set(dir(interplay))
    assert len(interplay.__all__) <= 14


def test_the_errors_to_catch_stand_at_the_root():
    from interplay._core import errors

    for name in ("InterplayError", "DataError", "ConfigError"):
        assert getattr(interplay, name) is getattr(errors, name)
        assert name in interplay.__all__
