"""The makers of the report's tests serve the whole page too."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location(
    "report_makers", Path(__file__).resolve().parents[1] / "unit" / "report" / "conftest.py"
)
_makers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_makers)
make = _makers.make
