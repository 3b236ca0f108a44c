"""Several files as one set, in the order of the files, whatever was read in which run."""

from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.annotation_set import AnnotationSet, by_image
from labelport.annotations.joining import joined
from labelport.annotations.kept import only_files
from labelport.annotations.ordering import by_first_use, in_file_order
from labelport.annotations.unifying import unified
from tests.labelport.annotations.made import a_set


def rows(given: AnnotationSet) -> list[tuple[str, str, str | None, float]]:
    """Return (file, image, category, x0) of each annotation."""
    names = given.images.column("name_given").to_pylist()
    categories = given.categories.column("name").to_pylist()
    table = given.annotations.to_pylist()
    return [
        (
            row["source_file"],
            names[row["image_id"]],
            None if row["category_id"] is None else categories[row["category_id"]],
            row["x0"],
        )
        for row in table
    ]


A = a_set(
    [[1, 1, 2, 2], [3, 1, 4, 2]], image=[1, 0], names=("x", "y"), categories=("p", "q"), category=[1, 0], file="a"
)
B = a_set([[5, 1, 6, 2], [7, 1, 8, 2]], image=[0, 0], names=("x",), categories=("q", "r"), category=[0, None], file="b")


def test_joined_rows_still_lead_to_their_images_and_categories() -> None:
    both = joined([A, B])
    assert rows(both) == rows(A) + rows(B)
    assert both.annotations.column("annotation_id").to_pylist() == [0, 1, 2, 3]
    assert both.categories.column("name").to_pylist() == ["p", "q", "q", "r"]


def test_the_order_is_that_of_the_files() -> None:
    assert rows(in_file_order(joined([B, A]), ["a", "b"], {})) == rows(joined([A, B]))


def test_only_the_rows_of_some_files_stay() -> None:
    both = joined([A, B])
    assert rows(only_files(both, ["b"])) == rows(B)
    assert rows(only_files(both, ["a"])) == rows(A)
    assert only_files(both, []).annotations.num_rows == 0


def test_categories_without_a_list_stand_in_the_order_of_their_first_use() -> None:
    made = by_first_use(joined([A, B]))
    assert made.categories.column("name").to_pylist() == ["q", "p"]
    assert rows(made) == rows(joined([A, B]))


def test_images_of_two_files_are_one_where_they_lead_to_one_object() -> None:
    both = joined([A, B])
    keys = ["k/x", "k/y", "k/x"]
    at = both.images.schema.get_field_index("key")
    import pyarrow as pa

    matched = AnnotationSet(
        both.images.set_column(at, both.images.schema.field(at), pa.array(keys)), both.categories, both.annotations
    )
    one = unified(matched)
    assert one.images.column("key").to_pylist() == ["k/x", "k/y"]
    assert one.categories.column("name").to_pylist() == ["p", "q", "r"]
    assert [(image, name) for _, image, name, _ in rows(one)] == [("y", "q"), ("x", "p"), ("x", "q"), ("x", None)]


def test_an_image_that_one_file_names_twice_stays_two() -> None:
    twice = a_set([[1, 1, 2, 2]], names=("x", "x"), file="a")
    assert unified(twice).images.num_rows == 2


@settings(max_examples=50)
@given(st.lists(st.integers(0, 3), max_size=12))
def test_rows_of_each_image_are_found_in_their_order(images: list[int]) -> None:
    given_set = a_set([[i, 0, i + 1, 1] for i in range(len(images))], image=images, names=("a", "b", "c", "d"))
    order, starts = by_image(given_set)
    found = [order[starts[i] : starts[i + 1]].tolist() for i in range(4)]
    assert found == [[row for row, image in enumerate(images) if image == i] for i in range(4)]
