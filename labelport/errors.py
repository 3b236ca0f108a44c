"""The exceptions that cross a room of labelport; each is also the builtin a caller expects.

A fault in one file is a row or a finding, never an exception. What is raised here stops a run:
a store that cannot be used, a settings file that makes no sense, a draft that was refused.
"""


class LabelportError(Exception):
    """Base of all errors of labelport. The text says what, why it matters, and what to do."""


class SettingsError(LabelportError, ValueError):
    """A setting is wrong, or two of them cannot stand together."""


class BucketError(LabelportError, OSError):
    """A bucket cannot be opened, listed or written."""


class QueueError(LabelportError, ConnectionError):
    """A queue of events cannot be asked, or did not do what it was told."""


class StoreUnfit(BucketError):
    """A store cannot write under a condition, so it may hold media and no catalogue."""


class ObjectAbsent(LabelportError, FileNotFoundError):
    """There is no object under that key (any more)."""


class ObjectChanged(LabelportError, OSError):
    """The object is not the one that was listed: another token, or fewer bytes than listed."""


class PreconditionFailed(LabelportError, OSError):
    """A conditional put found another object, or one where none should be."""


class CatalogueConflict(LabelportError, RuntimeError):
    """Somebody else published this stage since it was read; nothing was changed."""


class GenerationGone(LabelportError, FileNotFoundError):
    """A generation that was open has been collected; open the stage again."""


class PublishTaken(LabelportError, PermissionError):
    """The publish folder belongs to another dataset."""


class RunnerUnavailable(LabelportError, ConnectionError):
    """There is nothing to run work on."""


class TooManyCrashes(LabelportError, RuntimeError):
    """So many objects killed their worker that the run was stopped."""


class StageAbsent(LabelportError, FileNotFoundError):
    """A stage that this one reads has never been published."""


class ProgramAbsent(LabelportError, FileNotFoundError):
    """A program that a command needs is not installed."""
