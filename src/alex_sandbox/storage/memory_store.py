"""A storage backend that lasts only as long as the process."""

from alex_sandbox.storage.stored_resources import StoredResource


class MemoryStore:
    """Keeps attachments in memory; the resources themselves are in the index already."""

    def __init__(self) -> None:
        """Start empty."""
        self._contents: dict[str, bytes] = {}

    async def load(self) -> list[StoredResource]:
        """Return nothing: an earlier process left nothing behind."""
        return []

    async def save(self, stored: StoredResource, content: bytes) -> None:
        """Keep the attachment."""
        self._contents[stored.id] = content

    async def content(self, resource_id: str) -> bytes:
        """Return an attachment's bytes."""
        return self._contents[resource_id]

    async def clear(self) -> None:
        """Remove everything."""
        self._contents.clear()
