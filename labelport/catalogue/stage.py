"""A stage of a dataset: its live generation, and the drafts of the next."""

from collections.abc import Mapping

from labelport.catalogue.collection import collect_generations
from labelport.catalogue.contents import read_contents
from labelport.catalogue.draft import Draft
from labelport.catalogue.generation import Generation
from labelport.catalogue.parked import Parked
from labelport.catalogue.places import contents_key
from labelport.catalogue.pointer import read_current, refuse_taken
from labelport.catalogue.shards import SHARD_ROWS
from labelport.errors import GenerationGone, ObjectAbsent, StageAbsent
from labelport.storage.conditional import require_conditional_put
from labelport.storage.contract import Bucket
from labelport.tables import TABLES, Table


class Stage:
    """Where one stage of a dataset is published."""

    def __init__(
        self,
        publish: Bucket,
        name: str,
        *,
        dataset: str,
        shard_rows: int = SHARD_ROWS,
        schemas: Mapping[str, Table] = TABLES,
    ) -> None:
        """``shard_rows``: rows that a shard aims at; ``schemas``: the tables that there can be."""
        self.name = name
        self.parked = Parked(publish, name)
        self._publish = publish
        self._dataset = dataset
        self._shard_rows = shard_rows
        self._schemas = schemas

    def current(self) -> Generation | None:
        """Return the live generation, or null; raises ``PublishTaken`` where another dataset lives here."""
        refuse_taken(self._publish, self._dataset)
        return live_generation(self._publish, self.name, schemas=self._schemas)

    def require(self) -> Generation:
        """Return the live generation; raises ``StageAbsent`` where there is none."""
        live = self.current()
        if live is None:
            raise StageAbsent(
                f"{self.name} of {self._dataset} was never published in {self._publish.uri}: materialize it first"
            )
        return live

    def draft(self, base: Generation | None) -> Draft:
        """Begin the next generation; ``base`` is what ``current`` gave, and what publishing compares with.

        Raises ``PublishTaken`` where another dataset lives here, ``StoreUnfit`` where the store cannot write
        under a condition.
        """
        refuse_taken(self._publish, self._dataset)
        require_conditional_put(self._publish)
        return Draft(
            self._publish,
            self.name,
            dataset=self._dataset,
            base=base,
            shard_rows=self._shard_rows,
            schemas=self._schemas,
        )

    def collect(self, *, generations: int, days: float) -> int:
        """Delete dead drafts, and generations but the newest ones and those of the last days; return how many."""
        return collect_generations(self._publish, self.name, generations=generations, days=days)


def live_generation(bucket: Bucket, stage: str, *, schemas: Mapping[str, Table] = TABLES) -> Generation | None:
    """Return the live generation of a stage, or null; raises ``GenerationGone`` where its folder is damaged."""
    seen: str | None = None
    while True:
        current = read_current(bucket, stage)
        if current is None:
            return None
        place = contents_key(stage, current.generation)
        try:
            contents = read_contents(bucket.get(place).body, place)
            return Generation(bucket, contents, etag=current.etag, schemas=schemas)
        except ObjectAbsent as error:
            if seen == current.generation:  # read twice: nobody is publishing, it is not there
                raise GenerationGone(
                    f"{stage} points to the generation {seen}, whose folder is gone from {bucket.uri}: "
                    "somebody deleted it. Delete CURRENT beside it, and the stage is built anew."
                ) from error
            seen = current.generation
