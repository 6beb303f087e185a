"""Interrupted time series, with errors that resemble their neighbours in time."""

from mtss_analysis.stats.series.autocorrelation import SeriesFit, fit_series
from mtss_analysis.stats.series.interrupted import Interruption, estimate_interruption
from mtss_analysis.stats.series.newey_west import fit_newey_west

__all__ = ["Interruption", "SeriesFit", "estimate_interruption", "fit_newey_west", "fit_series"]
