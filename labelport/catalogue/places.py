"""Where things lie below a publish folder."""

CATALOGUE = "catalogue/"
DATASET = "DATASET"
"""Names the dataset that the publish folder belongs to."""


def stage_folder(stage: str) -> str:
    """Return the folder of a stage."""
    return f"{CATALOGUE}{stage}"


def current_key(stage: str) -> str:
    """Return the key of the pointer to the live generation."""
    return f"{stage_folder(stage)}/CURRENT"


def generations_folder(stage: str) -> str:
    """Return the folder of a stage's generations."""
    return f"{stage_folder(stage)}/generations"


def generation_folder(stage: str, generation: str) -> str:
    """Return the folder of a generation."""
    return f"{generations_folder(stage)}/{generation}"


def contents_key(stage: str, generation: str) -> str:
    """Return the key of a generation's ``generation.json``."""
    return f"{generation_folder(stage, generation)}/generation.json"


def shard_key(stage: str, generation: str, table: str, name: str) -> str:
    """Return the key of a shard."""
    return f"{generation_folder(stage, generation)}/{table}/{name}"


def file_key(stage: str, generation: str, name: str) -> str:
    """Return the key of a file of a generation; apart from the tables, whose names a file might have."""
    return f"{generation_folder(stage, generation)}/files/{name}"


def parked_folder(stage: str) -> str:
    """Return the folder of parked results."""
    return f"{stage_folder(stage)}/parked"
