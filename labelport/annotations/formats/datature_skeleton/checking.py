"""What is wrong beside the skeletons of a file: types, vectors and groups, each with its JSON pointer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labelport.annotations.formats.datature_skeleton.skeletons import Skeleton
from labelport.annotations.formats.datature_skeleton.telling import Teller, is_number, is_text

INFO_TEXTS = ("description", "version", "contributor", "date_created", "url")
PERFORM = ("rotate", "flip")
AXES = 3
CAMERA_VECTORS = {"focalLength": 2, "principalPoint": 3, "radialDistortion": 2, "tangentialDistortion": 2}
TRANSFORMS = ("Translate", "Rotate", "Scale", "Projection")


@dataclass(frozen=True)
class Checker(Teller):
    """Says what is wrong beside the skeletons: ``info``, ``licenses``, ``cameras``, ``chirality``."""

    def document(self, document: dict[str, Any], skeletons: Sequence[Skeleton | None]) -> None:
        """Check all members but the skeletons."""
        for pointer, info in self.objects(document.get("info"), "/info"):
            self.texts(info, pointer, INFO_TEXTS)
            year = info.get("year")
            if year is not None and not is_text(year) and (not isinstance(year, int) or isinstance(year, bool)):
                self.wrong_type(f"{pointer}/year", "year is neither a whole number nor a text")
        for pointer, licence in self.objects(document.get("licenses"), "/licenses"):
            self.texts(licence, pointer, ("url", "name"))
        for pointer, camera in self.objects(document.get("cameras"), "/cameras"):
            self._camera(camera, pointer)
        names = {each.name for each in skeletons if each}
        keypoints = {name for each in skeletons if each for name in each.keypoints}
        for pointer, chirality in self.objects(document.get("chirality"), "/chirality"):
            self._chirality(chirality, pointer, keypoints)
            self._affects(chirality.get("affects"), f"{pointer}/affects", names, len(skeletons))

    def _camera(self, camera: dict[str, Any], pointer: str) -> None:
        if not is_text(camera.get("name")):
            self.wrong_type(f"{pointer}/name", "a camera has a name")
        place = f"{pointer}/parameters"
        parameters = self._object(camera, "parameters", place)
        for name, length in CAMERA_VECTORS.items():
            self._vector(parameters, name, place, length)
        if parameters.get("skew") is not None and not is_number(parameters["skew"]):
            self.wrong_type(f"{place}/skew", "skew is no number")

    def _chirality(self, chirality: dict[str, Any], pointer: str, keypoints: set[str]) -> None:
        self.texts(chirality, pointer, ("name",))
        place = f"{pointer}/order"
        order = self._object(chirality, "order", place)
        self._groups(order.get("groups"), f"{place}/groups", keypoints)
        if order.get("perform") is not None and order["perform"] not in PERFORM:
            self.wrong_type(f"{place}/perform", "perform is rotate or flip")
        self._transform(self._object(chirality, "transform", f"{pointer}/transform"), f"{pointer}/transform")

    def _object(self, held: dict[str, Any], name: str, pointer: str) -> dict[str, Any]:
        value = held.get(name)
        if value is not None and not isinstance(value, dict):
            self.wrong_type(pointer, f"{name} is no object")
        return value if isinstance(value, dict) else {}

    def _groups(self, groups: Any, pointer: str, known: set[str]) -> None:
        """Check groups of keypoints; the unknown names of one list are one finding, at the first of them."""
        if groups is None:
            return
        if not isinstance(groups, list):
            self.wrong_type(pointer, "groups is no list")
            return
        unknown: list[tuple[str, str]] = []
        for number, group in enumerate(groups):
            if not isinstance(group, list):
                self.wrong_type(f"{pointer}/{number}", "a group is a list of names")
                continue
            for at, name in enumerate(group):
                if not is_text(name):
                    self.wrong_type(f"{pointer}/{number}/{at}", "this is no name")
                elif name not in known:
                    unknown.append((f"{pointer}/{number}/{at}", name))
        if unknown:
            words = "no skeleton has keypoints of these names" if len(unknown) > 1 else "no skeleton has this keypoint"
            names = ", ".join(dict.fromkeys(name for _, name in unknown))
            self.said.say(
                "skeleton.unknown_group_member", self.file, unknown[0][0], words, value=names, count=len(unknown)
            )

    def _affects(self, affects: Any, pointer: str, names: set[str], count: int) -> None:
        if affects is None:
            return
        listed = [(pointer, affects)]
        if isinstance(affects, list):
            listed = [(f"{pointer}/{number}", each) for number, each in enumerate(affects)]
        for place, each in listed:
            if isinstance(each, bool) or not (is_text(each) or (isinstance(each, int) and isinstance(affects, list))):
                self.wrong_type(place, "this is neither the name of a skeleton nor its number")
            elif each not in names and not (isinstance(each, int) and 0 <= each < count):
                self.said.say("skeleton.unknown_affected", self.file, place, "no skeleton is called so", value=each)

    def _transform(self, transform: dict[str, Any], pointer: str) -> None:
        for name in TRANSFORMS:
            low = self._vector(transform, f"min{name}", pointer, AXES)
            high = self._vector(transform, f"max{name}", pointer, AXES)
            for axis, (least, most) in enumerate(zip(low, high, strict=False)):
                if least > most:
                    place = f"{pointer}/min{name}/{axis}"
                    words = "the minimum lies above the maximum"
                    self.said.say("skeleton.bad_vector", self.file, place, words, value=f"{least} > {most}")

    def _vector(self, held: dict[str, Any], name: str, pointer: str, length: int) -> list[float]:
        """Return the numbers of a vector, none where it is absent or is wrong."""
        value = held.get(name)
        place = f"{pointer}/{name}"
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong_type(place, f"{name} is no list of numbers")
            return []
        wrong = [number for number, each in enumerate(value) if not is_number(each)]
        for number in wrong:
            self.wrong_type(f"{place}/{number}", "this is no number")
        if len(value) != length:
            words = f"{name} has {length} numbers"
            self.said.say("skeleton.bad_vector", self.file, place, words, value=len(value))
        return [] if wrong or len(value) != length else value
