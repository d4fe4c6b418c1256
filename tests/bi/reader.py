"""A BI tool in a process of its own: opens the published file, reads, closes, as it is told.

Run by test_clients.py as `reader.py CLIENT PATH`; one JSON line in, one JSON line out. The
commands: "open" opens the file and reads the deals' total; "finish" reads the rest over the
same connection and closes it. `hammer` opens, reads and closes until its input ends. A reader
loads the libraries of its own client only: six processes that load all take half a minute.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol

import duckdb

TOTAL = "SELECT CAST(total_amount(amount) AS BIGINT) AS n FROM opportunities"
MARKER = "SELECT contact_count() AS n FROM contacts"
NUMBER = "SELECT number AS n FROM meta.version"


class Client(Protocol):
    """One way to read the file."""

    def read(self, sql: str) -> int: ...
    def columns(self) -> list[str]: ...
    def close(self) -> None: ...


class Library:
    """The duckdb library."""

    def __init__(self, path: str) -> None:
        self.connection = duckdb.connect(path, read_only=True, config={"threads": 1})

    def read(self, sql: str) -> int:
        row = self.connection.execute(sql).fetchone()
        assert row is not None
        return int(row[0])

    def columns(self) -> list[str]:
        return [row[0] for row in self.connection.execute("DESCRIBE opportunities").fetchall()]

    def close(self) -> None:
        self.connection.close()


class DataFrames(Library):
    """pandas frames out of the duckdb library."""

    def read(self, sql: str) -> int:
        return int(self.connection.execute(sql).df()["n"][0])

    def columns(self) -> list[str]:
        return list(self.connection.execute("SELECT * FROM opportunities").df().columns)


class Polars(Library):
    """Polars frames: read_database, and Arrow for the columns."""

    def read(self, sql: str) -> int:
        import polars

        return int(polars.read_database(sql, self.connection)["n"][0])

    def columns(self) -> list[str]:
        import polars

        table = self.connection.execute("SELECT * FROM opportunities").to_arrow_table()
        frame = polars.from_arrow(table)
        assert isinstance(frame, polars.DataFrame)
        return frame.columns


class Alchemy:
    """SQLAlchemy, as Superset and its like use it."""

    def __init__(self, path: str) -> None:
        import sqlalchemy

        self.engine = sqlalchemy.create_engine(
            f"duckdb:///{path}",
            connect_args={"read_only": True},
            poolclass=sqlalchemy.pool.NullPool,
        )
        self.connection = self.engine.connect()

    def read(self, sql: str) -> int:
        import sqlalchemy

        return int(self.connection.execute(sqlalchemy.text(sql)).scalar_one())

    def columns(self) -> list[str]:
        import sqlalchemy

        inspector = sqlalchemy.inspect(self.connection)
        assert "opportunities" in inspector.get_view_names()
        assert inspector.get_table_comment("opportunities")["text"]
        return [column["name"] for column in inspector.get_columns("opportunities")]

    def close(self) -> None:
        self.connection.close()
        self.engine.dispose()


class PandasSql(Alchemy):
    """pandas over SQLAlchemy."""

    def read(self, sql: str) -> int:
        import pandas
        import sqlalchemy

        return int(pandas.read_sql(sqlalchemy.text(sql), self.connection)["n"][0])


CLIENTS: dict[str, Callable[[str], Client]] = {
    "duckdb": Library,
    "df": DataFrames,
    "polars": Polars,
    "sqlalchemy": Alchemy,
    "read_sql": PandasSql,
}


def say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def obey(opens: Callable[[str], Client], path: str) -> None:
    client: Client | None = None
    for line in sys.stdin:
        if json.loads(line) == "open":
            client = opens(path)
            say({"total": client.read(TOTAL)})
        else:
            assert client is not None
            say(
                {
                    "total": client.read(TOTAL),
                    "marker": client.read(MARKER),
                    "number": client.read(NUMBER),
                    "columns": client.columns(),
                }
            )
            client.close()


def hammer(path: str) -> None:
    ended = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    seen: list[list[int]] = []
    say("started")
    while not ended.is_set():
        client = Library(path)
        seen.append([client.read(TOTAL), client.read(MARKER), client.read(NUMBER)])
        client.close()
    say(seen)


if __name__ == "__main__":
    if sys.argv[1] == "hammer":
        hammer(sys.argv[2])
    else:
        obey(CLIENTS[sys.argv[1]], sys.argv[2])
