"""The three CSV formats: four corners, corner with width and height, classes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, Output, Parsed, ReadContext, WriteContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.csv.box_rows import read_boxes
from labelport.annotations.formats.csv.claiming import claims_of
from labelport.annotations.formats.csv.class_rows import read_labels, read_one_hot
from labelport.annotations.formats.csv.headers import box_layout, class_layout, missing_words
from labelport.annotations.formats.csv.part import Part
from labelport.annotations.formats.csv.reading import parsed_boxes, parsed_classes, read_parts
from labelport.annotations.formats.csv.rows import Rows
from labelport.annotations.formats.csv.units_of_files import verdict
from labelport.annotations.formats.csv.writing import write_boxes, write_classes
from labelport.annotations.holds import KEPT, LOST, SHAPES, Holds
from labelport.options import AnnotationOptions

_BOX = "its box"
_NEGATIVES = "kept with `empty_images: write`"
_BOXES = Holds(
    shapes={
        "box": KEPT,
        **dict.fromkeys(("rotated_box", "polygon", "rle", "mask", "keypoints", "line", "circle"), _BOX),
    },
    rings="box of all",
    negatives=_NEGATIVES,
    categories=LOST,
)
_CLASSES = Holds(shapes={**dict.fromkeys(SHAPES, "its class"), "class": KEPT}, negatives=_NEGATIVES, categories=LOST)


def _as_written(holds: Holds) -> Holds:
    """Return what the files hold for the losses of an export: of negative images the writer tells by itself."""
    return replace(holds, negatives=KEPT)


class CsvBoxes:
    """CSV with a box a row. What the header says decides, whichever of the two formats was told."""

    version = "1"
    reads = True
    holds: Holds | None = _BOXES
    Options: type[AnnotationOptions] = AnnotationOptions

    def __init__(self, format_id: str, title: str, *, widths: bool) -> None:
        """Make the format; ``widths``: boxes are written as x, y, width, height, and cells of four numbers read so."""
        self.id = format_id
        self.title = title
        self.widths = widths

    def holds_with(self, options: AnnotationOptions) -> Holds:
        """Return what the files hold, as the writer does not tell it by itself."""
        del options
        return _as_written(_BOXES)

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return one claim of the files whose header has the columns."""
        return claims_of(files, "size" if self.widths else "corners", told=told)

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return the boxes of files."""
        return parsed_boxes(list(read_parts(files, claim, context, self._why_not, self._part)), context)

    def decide(self, evidence: Mapping[str, int], options: AnnotationOptions) -> Mapping[str, str]:
        """Return whether files that do not say it themselves have shares: as the others, where these agree."""
        return verdict(evidence) if options.normalised == "auto" else {}

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Write ``annotations.csv``."""
        write_boxes(given, output, context, shapes=tuple(_BOXES.shapes), widths=self.widths)

    def _why_not(self, header: list[str]) -> str:
        return "" if box_layout(header) is not None else missing_words(header, boxes=True)

    def _part(self, rows: Rows, context: ReadContext) -> Part | None:
        layout = box_layout(rows.header)
        assert layout is not None
        return read_boxes(rows, layout, context.said, cell_is_size=self.widths)


class CsvClasses:
    """CSV with classes of whole images: a label a row, or a column of 0 and 1 for each class."""

    id = "csv_classes"
    title = "CSV, classification"
    version = "1"
    reads = True
    holds: Holds | None = _CLASSES
    Options: type[AnnotationOptions] = AnnotationOptions

    separate = True
    """A file with a column for each class has a list of classes of its own."""

    def holds_with(self, options: AnnotationOptions) -> Holds:
        """Return what the files hold, as the writer does not tell it by itself."""
        del options
        return _as_written(_CLASSES)

    def claims(self, files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
        """Return one claim of the files with a column of names and one of labels, or columns of flags."""
        return claims_of(files, "classes", told=told)

    def read(self, files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
        """Return the classes of files."""
        return parsed_classes(list(read_parts(files, claim, context, self._why_not, self._part)), context)

    def write(self, given: AnnotationSet, output: Output, context: WriteContext) -> None:
        """Write ``annotations.csv``."""
        write_classes(given, output, context, shapes=tuple(_CLASSES.shapes))

    def _why_not(self, header: list[str]) -> str:
        return "" if class_layout(header) is not None else missing_words(header, boxes=False)

    def _part(self, rows: Rows, context: ReadContext) -> Part | None:
        layout = class_layout(rows.header)
        assert layout is not None
        one_class = context.options.repeated_class == "conflict"
        if layout.label is not None:
            return read_labels(rows, layout, context.said, one_class=one_class)
        made = read_one_hot(rows, layout, context.said, one_class=one_class)
        if made is None:
            context.said.say("csv.no_header", rows.file, "1:1", missing_words(rows.header, boxes=False))
        return made


CSV_CORNERS = CsvBoxes("csv_corners", "CSV, four corners", widths=False)
CSV_SIZE = CsvBoxes("csv_size", "CSV, width and height", widths=True)
CSV_CLASSES = CsvClasses()
