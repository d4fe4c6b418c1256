"""A small shop and its CSV exports: what the warehouse tests load.

Used by the tests beside it. Another domain than any sample data, so that nothing can be tuned to
one data set; the expected numbers are small enough to count by eye.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from semantic.spec import SemanticModelSpec
from server.warehouse.ingest import IngestReport, ingest
from server.warehouse.limits import IngestLimits
from server.warehouse.meta import Reject, read_rejects
from server.warehouse.paths import Home
from server.warehouse.versions import open_published

NOW = datetime(2025, 6, 30, 12, 0, tzinfo=UTC)
LIMITS = IngestLimits(memory_mb=256, threads=2)

ORDERS_YAML = """
name: shop
currency: USD
sources:
  - name: orders
    files: ["orders*.csv"]
    row_id: row_number
    columns:
      Order No: {to: order_no, type: integer, required: true, unique: true}
      Customer: {to: customer, required: true}
      Total: {to: total, type: "decimal(10,2)"}
      Discount: {to: discount, type: number, between: [0, 100]}
      Ordered: {to: ordered, type: date, formats: ["%m/%d/%Y", "%Y-%m-%d"]}
      Paid: {to: paid, type: boolean}
      Channel: {to: channel, one_of: [web, shop]}
      Note: {to: note, optional: true}
models:
  - {name: orders, source: orders, primary_key: order_no, dimensions: [{name: customer}]}
"""

HEADER = "Order No,Customer,Total,Discount,Ordered,Paid,Channel,Note"
GOOD = "1,Ann,10.50,0,1/2/2025,yes,web,first"


def make_spec(text: str = ORDERS_YAML, **source: Any) -> SemanticModelSpec:
    """The model, with keys of its first source replaced."""
    content = yaml.safe_load(text)
    content["sources"][0].update(source)
    return SemanticModelSpec.model_validate(content)


def column_spec(rules: dict[str, Any], **model: Any) -> SemanticModelSpec:
    """A model of one table with a key `Id` and the column `Value` under the given rules."""
    return SemanticModelSpec.model_validate(
        {
            "name": "cells",
            "sources": [
                {
                    "name": "cells",
                    "files": ["cells.csv"],
                    "columns": {"Id": {"to": "id"}, "Value": {"to": "value"} | rules},
                }
            ],
            "models": [
                {
                    "name": "cells",
                    "source": "cells",
                    "primary_key": "id",
                    "dimensions": [{"name": "id"}],
                }
            ],
        }
        | model
    )


@dataclass(frozen=True, slots=True)
class Loaded:
    """A finished load and ways to look into it."""

    home: Home
    report: IngestReport

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query on the new version."""
        with open_published(self.home.database(self.report.version.number)) as connection:
            return connection.execute(sql).fetchall()

    @property
    def rejects(self) -> list[Reject]:
        """All rejects, in order."""
        return read_rejects(self.home, self.report.version.number, limit=1_000_000)

    @property
    def faults(self) -> list[tuple[int, str, str, str]]:
        """Line, column, value and reason of all rejects."""
        return [(one.line, one.column, one.value, one.reason) for one in self.rejects]


def load(
    root: Path,
    spec: SemanticModelSpec,
    files: dict[str, str | bytes],
    *,
    finishing_sql: Sequence[str] = (),
    limits: IngestLimits = LIMITS,
) -> Loaded:
    """Write the files into the home's data folder and ingest; the counts of every load add up."""
    home = Home(root)
    home.data.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (home.data / name).write_bytes(data)
    report = ingest(home, spec, now=NOW, finishing_sql=finishing_sql, limits=limits)
    loaded = Loaded(home, report)
    for file in report.files:
        assert file.accepted + file.rejected == file.records
    rejected = {(one.source, one.file, one.line) for one in loaded.rejects}
    assert len(rejected) == sum(file.rejected for file in report.files)
    return loaded


def load_orders(root: Path, *lines: str, end: str = "\n", **source: Any) -> Loaded:
    """Load one orders.csv of the usual header and these lines."""
    return load(root, make_spec(**source), {"orders.csv": end.join((HEADER, *lines)) + end})


def load_cells(root: Path, rules: dict[str, Any], *cells: str, **model: Any) -> Loaded:
    """Load one column of quoted cells under the rules; the id of each is its line."""
    lines = [f'{line},"{cell.replace(chr(34), chr(34) * 2)}"' for line, cell in enumerate(cells, 2)]
    text = "\n".join(("Id,Value", *lines)) + "\n"
    return load(root, column_spec(rules, **model), {"cells.csv": text})


def is_whole(home: Home, number: int, rows: int) -> bool:
    """True where the version opens and holds exactly `rows` orders, numbered without a gap."""
    with duckdb.connect(str(home.database(number)), read_only=True) as connection:
        found = connection.execute(
            "SELECT count(*), count(DISTINCT row_number), max(row_number),"
            " (SELECT number FROM meta.version) FROM source.orders"
        ).fetchone()
    return found == (rows, rows, rows, number)
