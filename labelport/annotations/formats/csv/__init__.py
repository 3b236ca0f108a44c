"""CSV files of boxes and of classes (annotations, sections 6.4, 6.5 and 6.11)."""

from labelport.annotations.formats.csv.formats import CSV_CLASSES, CSV_CORNERS, CSV_SIZE

__all__ = ["CSV_CLASSES", "CSV_CORNERS", "CSV_SIZE"]
