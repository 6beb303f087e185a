"""What happens to one cell of an export on its way into a column: the steps of a mapping, in a fixed order."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mtss_analysis.district.imports.dates import read_date, school_year_of, window_of
from mtss_analysis.district.imports.distinct import UnusableValueError
from mtss_analysis.district.imports.mapping import ColumnRule
from mtss_analysis.district.imports.spellings import LEVELS, SPELLINGS, read_school_year, read_yes_no
from mtss_analysis.district.schema import Field, find_nearest

Step = Callable[[str], str | None]
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_BOUND = re.compile(r"^(?:<=?|>=?|≤|≥)\s*(.+)$")
WORDS_OF_IDS = frozenset({"na", "none"})
_WHERE = "under `values:` of this column in the mapping"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """What steps look things up in.

    Parameters
    ----------
    missing : frozenset of str
        Cells that mean empty in all exports, in small letters.
    declared : frozenset of str
        Cells that mean empty as the mapping says.
    windows : dict of str to (str, str)
        First and last day of each window, ``MM-DD``.
    school_ids : mapping of str to set of str
        Ids by a school's name in small letters; ids stand for themselves.
    crosswalks : mapping of str to mapping of str to str
        The district's id by the vendor's, by the column that is filled.
    """

    missing: frozenset[str] = frozenset()
    declared: frozenset[str] = frozenset()
    windows: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    school_ids: Mapping[str, set[str]] = field(default_factory=dict)
    crosswalks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def make_step(rule: ColumnRule, *, field: Field, known: Known) -> Step:
    """Make the function that turns a cell of an export into the text of a column.

    Parameters
    ----------
    rule : ColumnRule
        What the mapping says.
    field : Field
        The column of the district's table.
    known : Known
        What values are looked up in.

    Returns
    -------
    callable
        Gives the text as a district's CSV file holds it, or None for an empty cell; raises
        ``UnusableValueError``.
    """
    steps = [_clean(rule, known=known), *_text_steps(rule), *_value_steps(rule, field=field, known=known)]

    def run(text: str) -> str | None:
        cell: str | None = text
        for step in steps:
            if cell is None or cell == "":
                return None
            cell = step(cell)
        return cell or None

    return run


def plain(text: str) -> str:
    """Write a value as it is compared: small letters, single blanks."""
    return re.sub(r"\s+", " ", text.replace("\xa0", " ")).strip().casefold()


def _clean(rule: ColumnRule, *, known: Known) -> Step:
    said = {plain(value) for value in rule.values}
    # NA and NONE can be a school's or a person's id; what the mapping lists means what it says there.
    missing = (known.missing - (WORDS_OF_IDS if rule.target.endswith("_id") else frozenset()) - said) | known.declared

    def clean(text: str) -> str | None:
        cell = re.sub(r"\s+", " ", text.replace("\xa0", " ")).strip()
        # Spreadsheets are told by ="0012" to keep an id as text.
        if len(cell) >= 3 and cell.startswith('="') and cell.endswith('"'):
            cell = cell[2:-1]
        return None if cell.casefold() in missing else cell

    return clean


def _text_steps(rule: ColumnRule) -> list[Step]:
    steps: list[Step] = []
    if rule.split is not None:
        steps.append(lambda text: _part(text.split(rule.split or ","), at=rule.part))
    if rule.find is not None:
        steps.append(_finder(rule))
    if rule.replace:
        steps.append(lambda text: _replace(text, rule.replace))
    if rule.drop_decimal:
        steps.append(lambda text: re.sub(r"^(\d+)\.0*$", r"\1", text))
    if rule.width:
        steps.append(lambda text: text.zfill(rule.width))
    if rule.case == "lower":
        steps.append(str.lower)
    elif rule.case == "upper":
        steps.append(str.upper)
    elif rule.case == "code":
        steps.append(write_code)
    return steps


def write_code(text: str) -> str:
    """Write a name as a code: small letters, digits and underscores."""
    return re.sub(r"[^0-9a-z]+", "_", text.casefold()).strip("_")


def _part(parts: list[str], *, at: int) -> str | None:
    index = at - 1 if at > 0 else at
    return parts[index].strip() if -len(parts) <= index < len(parts) else None


def _finder(rule: ColumnRule) -> Step:
    pattern = re.compile(rule.find or "", re.IGNORECASE)

    def find(text: str) -> str | None:
        found = pattern.search(text)
        if found:
            return found.group(1) if pattern.groups else found.group()
        return _unmapped(
            rule, text, problem="The pattern of `find:` is not in the cell", next_step="Correct `find:` in the mapping"
        )

    return find


def _replace(text: str, words: Mapping[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text


def _value_steps(rule: ColumnRule, *, field: Field, known: Known) -> list[Step]:
    read = _reader(rule, field=field, known=known)
    crosswalk = known.crosswalks.get(rule.target) if rule.crosswalk is not None else None
    if crosswalk is not None:
        ids = crosswalk
        read_next, read = read, lambda text: read_next(_cross(text, ids=ids, rule=rule) or "") or None
    if not rule.values and not rule.patterns:
        return [read]
    values = {plain(key): value for key, value in rule.values.items()}
    patterns = [(re.compile(pattern, re.IGNORECASE), value) for pattern, value in rule.patterns.items()]
    understood = bool(field.allowed) or field.type != "string" or field.name in SPELLINGS or rule.look_up_school

    def map_value(text: str) -> str | None:
        if plain(text) in values:
            mapped = values[plain(text)]
            return None if mapped is None else read(mapped)
        for pattern, value in patterns:
            if pattern.search(text):
                return read(value)
        if understood or crosswalk is not None:
            return read(text)
        return _unmapped(
            rule,
            text,
            problem="The mapping says nothing of this value",
            next_step=f"Add it {_WHERE}, or write `unmapped: keep` or `unmapped: empty` there",
        )

    return [map_value]


def _unmapped(rule: ColumnRule, text: str, *, problem: str, next_step: str) -> str | None:
    if rule.unmapped == "empty":
        return None
    if rule.unmapped == "value":
        return rule.unmapped_value
    if rule.unmapped == "keep":
        return text
    raise UnusableValueError(problem, next_step=next_step)


def _reader(rule: ColumnRule, *, field: Field, known: Known) -> Step:
    """Choose how the text is read, by the type of the column and what its name says."""
    if rule.look_up_school:
        return lambda text: _look_up(text, rule=rule, known=known)
    if rule.give is not None or field.type == "date":
        return lambda text: _read_day(text, rule=rule, known=known)
    if field.type in {"number", "integer"}:
        return lambda text: _read_number(text, rule=rule)
    spelling = _spelling(rule, field=field)
    if spelling is None:
        return lambda text: text
    return lambda text: _understand(spelling, text, rule=rule, field=field)


def _spelling(rule: ColumnRule, *, field: Field) -> Step | None:
    """Choose what understands the common spellings of a column; None where it takes any text."""
    if field.type == "boolean":
        return read_yes_no
    if field.is_school_year:
        return lambda year: read_school_year(year, year_is=rule.year_is)
    if field.name in SPELLINGS:
        return SPELLINGS[field.name]
    return _allowed(field) if field.allowed else None


def _allowed(field: Field) -> Step:
    by_plain = {plain(value): value for value in field.allowed}

    def read(text: str) -> str | None:
        found = by_plain.get(plain(text)) or by_plain.get(write_code(text))
        return found or (LEVELS(text) if "elementary" in field.allowed else None)

    return read


def _understand(read: Step, text: str, *, rule: ColumnRule, field: Field) -> str | None:
    understood = text if text in field.allowed else read(text)
    if understood is not None:
        return understood
    if rule.unmapped == "keep" and (field.allowed or field.type != "string" or field.pattern):
        return text  # and the check of the column refuses it
    wanted = f"one of {', '.join(field.allowed)}" if field.allowed else field.description.rstrip(".")
    step = f"Say {_WHERE} what it means ({wanted})" if field.allowed else f"Map it {_WHERE}: {wanted}"
    if field.is_school_year and rule.year_is is None and re.fullmatch(r"\d{4}", text):
        step = "Say with `year_is: start` or `year_is: end` which year of the school year it is"
    return _unmapped(rule, text, problem=f"The column {field.name} knows no such value", next_step=step)


def _cross(text: str, *, ids: Mapping[str, str], rule: ColumnRule) -> str | None:
    if text in ids:
        return ids[text]
    return _unmapped(
        rule,
        text,
        problem="The crosswalk file has no such id",
        next_step=f"Add it to {rule.crosswalk.file if rule.crosswalk else 'the crosswalk file'}",
    )


def _look_up(text: str, *, rule: ColumnRule, known: Known) -> str | None:
    ids = known.school_ids.get(plain(text), set())
    if len(ids) == 1:
        return next(iter(ids))
    if ids:
        raise UnusableValueError(
            f"The schools table has {len(ids)} schools of this name ({', '.join(sorted(ids))})",
            next_step=f"Say {_WHERE} which id is meant",
        )
    near = find_nearest(text, known=known.school_ids)
    hint = f" ({near!r} is there)" if near else ""
    return _unmapped(
        rule,
        text,
        problem=f"The schools table has no school of this name{hint}",
        next_step=f"Write its id {_WHERE}, or add the school to the schools table",
    )


def _read_day(text: str, *, rule: ColumnRule, known: Known) -> str | None:
    day = read_date(text, formats=rule.dates)
    if day is None:
        tried = " or ".join(rule.dates) if rule.dates else "2025-09-02, the only form understood without `date:`"
        return _unmapped(
            rule if rule.unmapped != "keep" else ColumnRule(target=rule.target),
            text,
            problem=f"This is not a date written as {tried}",
            next_step="Correct `date:` of this column in the mapping, such as `date: M/D/YYYY`",
        )
    if rule.give in {None, "date"}:
        return day.isoformat()
    if rule.give == "school_year":
        return school_year_of(day)
    if rule.give == "month":
        return f"{day.year}-{day.month:02d}"
    window = window_of(day, windows=dict(known.windows))
    if window is None:
        return _unmapped(
            rule,
            text,
            problem="The day lies in no window",
            next_step="Widen the windows under `windows:` in the mapping",
        )
    return window


def _read_number(text: str, *, rule: ColumnRule) -> str | None:
    cell = text.replace(" ", "")
    bound = _BOUND.match(cell)
    if bound:
        if rule.bounds == "empty":
            return None
        if rule.bounds == "error":
            raise UnusableValueError(
                "This is a bound, not a number",
                next_step="Write `bounds: number` in the mapping (the number behind the sign) or `bounds: empty`",
            )
        cell = bound.group(1)
    cell = cell.removesuffix("%")
    cell = cell.replace(".", "").replace(",", ".") if rule.decimal == "," else _without_thousands(cell)
    if not _NUMBER.match(cell):
        return _unmapped(
            rule if rule.unmapped != "keep" else ColumnRule(target=rule.target),
            text,
            problem="This is not a number",
            next_step=f"Map it {_WHERE} (empty: not known), or take the number out of it with `find:`",
        )
    return write_number(float(cell) * rule.multiply) if rule.multiply != 1 else cell


def _without_thousands(cell: str) -> str:
    return cell.replace(",", "") if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", cell) else cell


def write_number(number: float) -> str:
    """Write a number with as few digits as name it; a whole one without a decimal mark."""
    number = float(f"{number:.12g}")
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)
