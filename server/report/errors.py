"""What can go wrong between a report and its PDF, each with what to do about it.

Raised by the printer and the reports service. Invariant: no text of the browser gets in here.
"""

from __future__ import annotations

from server.errors import AppError, BadInput


class BrowserMissing(AppError):
    """No browser to print with was found."""

    code = "browser-missing"
    status = 503
    title = "There is no browser to print with"


class BrowserFailed(AppError):
    """The browser does not start, or died twice over one report."""

    code = "browser-failed"
    status = 503
    title = "The report could not be printed"
    retry_after_s = 10


class PrintQueueFull(AppError):
    """More reports are waiting than can be printed in time."""

    code = "print-queue-full"
    status = 503
    title = "Too many reports at once"
    retry_after_s = 5


class PrintTimeout(AppError):
    """Printing ran into its time limit."""

    code = "print-timeout"
    status = 503
    title = "Printing took too long"
    retry_after_s = 30


class ReportTooLong(AppError):
    """The report has more to show than is printed as one document."""

    code = "report-too-long"
    status = 422
    title = "The report is too long"


class NotExportable(BadInput):
    """The query of a stored answer cannot be run again as it was."""

    code = "not-exportable"
    status = 409
    title = "The result cannot be exported"
