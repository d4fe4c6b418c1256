"""A process that appends turns until it is killed, and says which ones were committed.

Started by `test_crash.py`. Invariant: a number is printed only after its append returned.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from datetime import UTC, datetime

from server.storage.store import Store

MOMENT = datetime(2025, 2, 15, 10, 12, 30, tzinfo=UTC)


async def main(url: str, conversation_id: str) -> None:
    """Append turns to an existing conversation for ever."""
    async with Store.open(url) as store:
        for count in itertools.count():
            turn = await store.append_turn(
                conversation_id,
                owner=None,
                question=f"question {count}",
                status="answered",
                answer={"answer": "x" * 2000, "count": count},
                at=MOMENT,
                elapsed_ms=1.0,
            )
            sys.stdout.write(f"{turn.number}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
