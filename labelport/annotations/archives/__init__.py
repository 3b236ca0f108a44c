"""Archives of annotation files, opened as folders: nothing of them is ever written under a name of theirs."""

from labelport.annotations.archives.opening import archive_kind, members_of

__all__ = ["archive_kind", "members_of"]
