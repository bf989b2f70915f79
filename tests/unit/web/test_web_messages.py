import json

import pytest

from interplay._core.errors import ConfigError
from interplay.web.messages import Request, read_request


@pytest.mark.parametrize(
    ("message", "request_"),
    [
        ({"do": "pause"}, Request(do="pause")),
        ({"do": "speed", "value": 2}, Request(do="speed", speed=2.0)),
        ({"do": "speed", "value": "max"}, Request(do="speed", speed=None)),
        ({"do": "again"}, Request(do="again", seed=None)),
        ({"do": "again", "value": 7}, Request(do="again", seed=7)),
    ],
)
def test_requests_are_read(message, request_):
    assert read_request(json.dumps(message)) == request_


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "JSON"),
        ("{", "JSON"),
        ("[1]", "object"),
        ("{}", "object"),
        ('{"do": 3}', "object"),
        ('{"do": "pause", "more": 1}', "object"),
        ('{"do": "eval", "value": "1"}', "Unknown request"),
        ('{"do": "paus"}', "did you mean \"?'?pause"),
        ('{"do": "pause", "value": 1}', "takes no"),
        ('{"do": "speed"}', "number"),
        ('{"do": "speed", "value": 0}', "number"),
        ('{"do": "speed", "value": true}', "number"),
        ('{"do": "speed", "value": NaN}', "number"),
        ('{"do": "speed", "value": Infinity}', "number"),
        ('{"do": "again", "value": -1}', "whole number"),
        ('{"do": "again", "value": 1.5}', "whole number"),
        ('{"do": "again", "value": true}', "whole number"),
        ('{"do": "again", "value": 4294967296}', "whole number"),
        ("x" * 201, "200 characters"),
    ],
)
def test_anything_else_is_refused(text, why):
    with pytest.raises(ConfigError, match=why):
        read_request(text)
