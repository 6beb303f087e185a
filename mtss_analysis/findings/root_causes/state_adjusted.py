"""Factors across all schools as one family of tests, and second splits beneath those that are named."""

import pandas as pd

from mtss_analysis.stats import adjust_families


def adjust_state_factors(
    factors: pd.DataFrame, pairs: pd.DataFrame, *, rate: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Adjust over factors, level and change; then beneath those that are named.

    Parameters
    ----------
    factors, pairs : DataFrame
        Rows of the frames ``factors`` and ``factor_pairs`` of one measure.
    rate : float
        False-discovery rate, 0 to 1.

    Returns
    -------
    tuple of DataFrame
        The same with ``level_q`` and ``trend_q``, and with ``added_q`` and ``together_q``.

    References
    ----------
    Benjamini & Bogomolov (2014), Journal of the Royal Statistical Society B 76, 297-318.
    """
    first = factors.drop_duplicates("factor")
    keys = [(kind, factor) for kind in ("level", "change") for factor in first["factor"]]
    p_values = pd.concat([first["level_p"], first["trend_p"]]).to_numpy(dtype="float64")
    inside = {key: pairs[(pairs["kind"] == key[0]) & (pairs["first"] == key[1])] for key in keys}
    members = [inside[key][["added_p", "together_p"]].to_numpy(dtype="float64") for key in keys]
    adjusted = adjust_families(families=p_values, members=[one.ravel() for one in members], rate=rate)
    q_values = dict(zip(keys, adjusted.of_families, strict=True))
    beneath = [
        inside[key].assign(added_q=found[0::2], together_q=found[1::2])
        for key, found in zip(keys, adjusted.of_members, strict=True)
    ]
    level, trend = ({factor: q_values[kind, factor] for factor in first["factor"]} for kind in ("level", "change"))
    return (
        factors.assign(level_q=factors["factor"].map(level), trend_q=factors["factor"].map(trend)),
        pd.concat(beneath, ignore_index=True),
    )
