"""``python -m benchmarks``: run all, print all. Missed goals stay in the table and are no failure; voxels that differ are."""

import argparse
import sys

from benchmarks import annotation_formats, catalogue_build, cvat_rate, manifest_stream, series_grouping, structure_sets


def main() -> int:
    """Run every benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--clips", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is told")
    manifest_stream.arguments(parser)
    series_grouping.arguments(parser)
    annotation_formats.arguments(parser)
    given = parser.parse_args()
    catalogue_build.main(images=given.images, clips=given.clips, rounds=given.rounds)
    series_grouping.main(series=given.series)
    cvat_rate.main(rounds=given.rounds)
    manifest_stream.main(items=given.items, platforms=given.platform)
    annotation_formats.main(**annotation_formats.told(given), rounds=given.rounds)
    return structure_sets.main(rounds=given.rounds)


if __name__ == "__main__":
    sys.exit(main())
