"""Docstrings say what is there: a summary, every parameter, and examples that run."""

import ast
import dataclasses
import doctest
import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest

import interplay

ROOMS = sorted(
    m.name
    for m in pkgutil.iter_modules(interplay.__path__, "interplay.")
    if m.ispkg and m.name not in ("interplay._core", "interplay.ops", "interplay.cli", "interplay.tensors")
)
SOURCE = Path(interplay.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
WITH_EXAMPLES = [p for p in FILES if ">>> " in p.read_text()]


PUBLIC = [(room, name) for room in ROOMS for name in getattr(import_module(room), "__all__", ())]


def section(doc, title):
    """Names that a NumPy section lists, "a, b : type" giving both."""
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[^\n]*\n-+\n|\Z)", inspect.cleandoc(doc), flags=re.M | re.S)
    if not found:
        return None
    heads = re.findall(r"^(\S[^:\n]*?)(?:\s*:.*)?$", found.group(1), flags=re.M)
    return {part.strip().lstrip("*") for head in heads for part in head.split(",")}


def parameters(function):
    kinds = inspect.signature(function).parameters
    return [name for name in kinds if name not in ("self", "cls")]


@pytest.mark.parametrize(("room", "name"), PUBLIC)
def test_public_things_name_every_parameter(room, name):
    thing = getattr(import_module(room), name)
    if not (inspect.isfunction(thing) or inspect.isclass(thing)):
        return
    doc = thing.__doc__
    assert doc
    assert doc.strip()
    assert not doc.startswith(f"{thing.__name__}("), "the docstring is the one that dataclass made up"
    if dataclasses.is_dataclass(thing):
        wanted = [f.name for f in dataclasses.fields(thing) if f.name in vars(thing).get("__annotations__", {})]
        named = (section(doc, "Parameters") or set()) | (section(doc, "Attributes") or set())
    elif inspect.isclass(thing):
        return
    else:
        wanted, named = parameters(thing), section(doc, "Parameters") or set()
    missing = [name for name in wanted if name not in named]
    assert not missing, f"the docstring must name {missing}"


def bare(node, path):
    """Yield the definitions without a docstring; inside functions, private classes and protocols a name says enough."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.ClassDef) or child.name.startswith("_"):
            continue
        decorators = {ast.unparse(d) for d in child.decorator_list}
        if not ast.get_docstring(child) and "overload" not in decorators:
            yield f"{path.relative_to(SOURCE)}:{child.lineno}: {child.name}"
        if isinstance(child, ast.ClassDef) and not any("Protocol" in ast.unparse(b) for b in child.bases):
            yield from bare(child, path)


def test_every_public_function_class_and_method_has_a_summary():
    trees = {path: ast.parse(path.read_text()) for path in FILES}
    assert not [str(path.relative_to(SOURCE)) for path, tree in trees.items() if not ast.get_docstring(tree)]
    assert not [line for path, tree in trees.items() for line in bare(tree, path)]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_examples_in_docstrings_run(path):
    name = ".".join(["interplay", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(".__init__")
    if name.startswith("interplay.tensors"):
        pytest.importorskip("torch")
    result = doctest.testmod(import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0
    assert result.failed == 0
