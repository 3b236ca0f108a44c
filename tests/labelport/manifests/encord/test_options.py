from typing import Any

import pytest
from pydantic import ValidationError

from labelport.manifests.encord import EncordOptions

ARN = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"upsert": True}, "unconfirmed: true"),
        ({"upsert": True, "unconfirmed": True, "skip_duplicate_urls": False}, "skip_duplicate_urls"),
        ({"sampling_rate": 1}, "unconfirmed: true"),
        ({"keyframe_mode": "frame"}, "unconfirmed: true"),
        ({"sampling_rate": -1, "unconfirmed": True}, "greater than or equal to 0"),
        ({"sampling_rate": float("inf"), "unconfirmed": True}, "finite"),
        ({"url_form": "mrap"}, "belong together"),
        ({"mrap": ARN}, "belong together"),
        ({"url_form": "mrap", "mrap": "arn:aws:s3:eu-west-2:123456789012:accesspoint/x.mrap"}, "it must read"),
        ({"url_form": "mrap", "mrap": ARN, "mrap_joiner": ""}, "slash"),
        ({"url_form": "mrap", "mrap": ARN, "mrap_joiner": "/ /"}, "slash"),
        ({"client_metadata": ["$site"]}, "reserved"),
        ({"client_metadata": ["keyframes"]}, "reserved"),
        ({"format": "csv", "media_metadata": True, "groups_plan": True}, "media_metadata, groups_plan"),
        ({"dialect": "dto"}, "'file' or 'sdk'"),
        ({"dialect": "sdk", "format": "csv"}, "dialect"),
        ({"dialect": "sdk", "upsert": True, "skip_duplicate_urls": False}, "skip_duplicate_urls"),
        ({"dialect": "sdk", "sampling_rate": 1}, "unconfirmed: true"),
        ({"max_entries": 0}, "greater than or equal to 1"),
        ({"split_by": 0}, "greater than or equal to 1"),
        ({"skip_duplicates": True}, "not permitted"),
    ],
)
def test_options_that_cannot_work_are_refused_with_words(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        EncordOptions(**options)


def test_the_limits_are_the_lowest_of_what_the_vendor_says() -> None:
    options = EncordOptions()
    assert (options.max_entries, options.max_urls, options.max_bytes) == (10_000, 1_000_000, 100 * 1024 * 1024)
