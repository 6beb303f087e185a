"""Records of rates by year and month."""

from mtss_analysis.findings.climate.own import Rate, Rates
from mtss_analysis.findings.climate.phrases import record_keys
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School


def record_rates(
    rates: Rates,
    *,
    school: School,
    finding: str,
    domain: str,
    method: str,
    unit: str,
    change_unit: str,
    sentence: str,
    verdict: str,
) -> tuple[Record, ...]:
    """Write every rate as a record; the latest year's carries the sentence.

    Parameters
    ----------
    rates : Rates
        Of one school.
    school : School
        Which school.
    finding, domain, method, unit : str
        Fields of the records.
    change_unit : str
        Unit of the change of the shared months.
    sentence : str
        The sentence on the latest year.
    verdict : str
        What is said of the change.

    Returns
    -------
    tuple of Record
        Years, months, shared months and change; then the years that are left out.
    """
    last = rates.years[-1] if rates.years else None

    def write(rate: Rate, *, name: str, its_unit: str, group: str = "all") -> Record:
        value = rate.value
        return Record(
            **record_keys(school, school_year=rate.school_year, domain=domain, measure=finding, group=group),
            finding=name,
            method=method,
            estimate=value.estimate if value else None,
            unit=its_unit,
            ci_low=value.ci_low if value else None,
            ci_high=value.ci_high if value else None,
            ci_level=value.ci_level if value else None,
            n=rate.n if value else None,
            status="ok" if value else "withheld" if rate.status == "withheld" else "not_estimable",
            reason=None if value else rate.reason or "too few students to print",
            verdict=verdict if name.endswith("_change") and value else None,
            sentence=sentence if rate is last and value else None,
        )

    written = [write(rate, name=finding, its_unit=unit) for rate in rates.years]
    written += [write(rate, name=finding, its_unit=unit, group=f"month={rate.month}") for rate in rates.months]
    written += [write(rate, name=finding, its_unit=unit, group="months of both years") for rate in rates.shared]
    if rates.change is not None:
        written.append(
            write(rates.change, name=f"{finding}_change", its_unit=change_unit, group="months of both years")
        )
    written += [
        Record(
            **record_keys(school, school_year=year, domain=domain, measure=finding),
            finding=finding,
            method=method,
            unit=unit,
            verdict="left out",
            status="not_estimable",
            reason=why.removesuffix("."),
        )
        for year, why in sorted(rates.left_out.items())
    ]
    return tuple(written)
