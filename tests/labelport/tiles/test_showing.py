"""Which pictures may be shown."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.tiles.showing import withheld

US, ENDOSCOPE, CAPTURE, CT = (
    "1.2.840.10008.5.1.4.1.1.6.1",
    "1.2.840.10008.5.1.4.1.1.77.1.1",
    "1.2.840.10008.5.1.4.1.1.7",
    "1.2.840.10008.5.1.4.1.1.2",
)


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"phi_risk": None, "dicom": None}, True),
        ({"phi_risk": "none", "dicom": {"sop_class": CT, "modality": "CT"}}, True),
        ({"phi_risk": "text", "dicom": {"sop_class": CT}}, True),
        ({"phi_risk": "high", "dicom": None}, False),
        ({"phi_risk": "high", "dicom": {"sop_class": CT, "burned_in": "NO"}}, False),
        ({"phi_risk": "none", "dicom": {"sop_class": CT, "burned_in": "YES"}}, False),
        ({"phi_risk": "none", "dicom": {"sop_class": US}}, False),
        ({"phi_risk": None, "dicom": {"sop_class": ENDOSCOPE}}, False),
        ({"phi_risk": "text", "dicom": {"sop_class": CAPTURE, "class": "secondary_capture"}}, False),
        ({"phi_risk": "none", "dicom": {"sop_class": CT, "modality": "US"}}, False),
        ({"phi_risk": "none", "dicom": {"sop_class": US, "burned_in": "NO"}}, True),
    ],
    ids=str,
)
def test_what_may_name_a_person_is_shown_only_where_the_settings_say_all(row: dict[str, Any], shown: bool) -> None:
    assert (withheld(row, "auto") is None) is shown
    assert withheld(row, "all") is None
    assert withheld(row, "none") == "no previews"


@given(
    st.fixed_dictionaries(
        {
            "phi_risk": st.sampled_from([None, "none", "text", "high"]),
            "dicom": st.none()
            | st.fixed_dictionaries(
                {},
                optional={
                    "burned_in": st.sampled_from(["YES", "NO", None]),
                    "sop_class": st.sampled_from([US, ENDOSCOPE, CAPTURE, CT, None]),
                    "modality": st.sampled_from(["US", "CT", "ES", None]),
                },
            ),
        }
    )
)
def test_nothing_of_high_risk_or_with_burned_in_text_is_ever_shown_by_default(row: dict[str, Any]) -> None:
    if row["phi_risk"] == "high" or (row["dicom"] or {}).get("burned_in") == "YES":
        assert withheld(row, "auto")
    assert withheld(row, "none")
