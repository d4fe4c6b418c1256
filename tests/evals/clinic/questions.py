"""All questions about the clinic as the lines of a question file.

Read by the test; run by hand to write the file (`python -m tests.evals.clinic.questions FILE`).
Invariant: expected values come from the CSV rows by plain loops, never from our own code.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.evals.clinic import (
    ask_dialogues,
    ask_edges,
    ask_filters,
    ask_numbers,
    ask_times,
    ask_traps,
)
from tests.evals.clinic.accepted import to_items

ITEMS: list[dict[str, Any]] = to_items(
    [
        *ask_numbers.ASKED,
        *ask_filters.ASKED,
        *ask_times.ASKED,
        *ask_edges.ASKED,
        *ask_traps.ASKED,
        *ask_dialogues.ASKED,
    ]
)


def main() -> None:
    """Write the question file named on the command line."""
    lines = [json.dumps(item, ensure_ascii=False) for item in ITEMS]
    Path(sys.argv[1]).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
