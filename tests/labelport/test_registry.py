"""Plug-ins by entry point: ours are found, a broken one is named and stops nothing."""

from importlib.metadata import EntryPoint

import pytest

from labelport import registry


def test_our_own_plug_ins_are_found_like_those_of_strangers() -> None:
    assert set(registry.plugins(registry.PROBES)) >= {"dicom", "image", "nifti", "video"}
    assert set(registry.plugins(registry.SERIES_RULES)) >= {"dicom", "pattern", "single", "video"}
    assert set(registry.plugins(registry.MANIFESTS)) >= {"centaur", "cvat"}
    assert registry.broken(registry.PROBES) == {}
    assert "labelport.probing.dicom" in registry.modules(registry.PROBES)


def test_a_broken_plug_in_is_named_and_the_others_load(monkeypatch: pytest.MonkeyPatch) -> None:
    group = "labelport.test_plugins"
    points = [
        EntryPoint("good", "json:dumps", group),
        EntryPoint("good", "json:loads", group),
        EntryPoint("gone", "no_such_module_of_anybody:thing", group),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: [p for p in points if p.group == group])
    assert list(registry.plugins(group)) == ["good"]
    bad = registry.broken(group)
    assert "no_such_module_of_anybody" in bad["gone"]
    assert "taken" in bad["good"]
