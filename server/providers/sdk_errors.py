"""Errors of a model's SDK to ours.

Used by the adapters beside this file; the SDKs are made by one generator, so their errors have
the same shape. Invariant: the text of a response is not repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from server.providers.base import (
    ProviderMalformed,
    ProviderRateLimited,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnavailable,
)


@dataclass(frozen=True, slots=True)
class SdkErrors:
    """The errors of one SDK by what happened; `status` and `limited` have a `status_code`."""

    timeout: type[Exception]
    connection: type[Exception]
    limited: Any
    status: Any
    malformed: type[Exception]
    others: type[Exception]


@contextmanager
def translated(sdk: SdkErrors) -> Iterator[None]:
    """Errors of the SDK as ours.

    Raises:
        ProviderError: for each of them.
    """
    try:
        yield
    except (TimeoutError, sdk.timeout) as error:
        raise ProviderTimedOut(type(error).__name__) from None
    except (sdk.connection, httpx2.HTTPError) as error:
        raise ProviderUnavailable(type(error).__name__) from None
    except sdk.limited as error:
        raise ProviderRateLimited(f"status {error.status_code}") from None
    except sdk.status as error:
        # An error event in a stream may keep the status 200 of the response it came in.
        is_ours = 300 <= error.status_code < 500
        kind = ProviderRefused if is_ours else ProviderUnavailable
        raise kind(f"status {error.status_code}") from None
    except sdk.malformed as error:
        raise ProviderMalformed(type(error).__name__) from None
    except sdk.others as error:
        raise ProviderUnavailable(type(error).__name__) from None
    except (ValueError, TypeError, AttributeError) as error:
        # A line that is no JSON, or JSON of another shape: the SDK builds what it is given.
        raise ProviderMalformed(type(error).__name__) from None
